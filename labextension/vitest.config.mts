import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = fileURLToPath(new URL('.', import.meta.url));

// JupyterLab's packages are ES modules without file extensions and import
// style sheets and icons: they have to pass through the bundler, not Node.
export default defineConfig({
  root: here,
  cacheDir: fileURLToPath(new URL('../node_modules/.vitest', import.meta.url)),
  test: {
    environment: 'jsdom',
    setupFiles: ['tests/setup.ts'],
    include: ['tests/**/*.spec.{ts,tsx}'],
    server: { deps: { inline: [/@jupyterlab\//, /@jupyter\//] } },
    css: false,
    restoreMocks: true
  }
});
