// JupyterLab's components ask for these while they load; jsdom has neither.
Object.defineProperty(window, 'DragEvent', { value: class extends MouseEvent {} });
Object.defineProperty(window, 'matchMedia', {
  value: (media: string) => ({
    media,
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined
  })
});
