import { expect, test } from 'vitest';

import plugin from '../src/index';

test('the plugin is named after its package and starts on its own', () => {
  expect(plugin.id).toBe('jupyterlab-sentinel:plugin');
  expect(plugin.autoStart).toBe(true);
});
