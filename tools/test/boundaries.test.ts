import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0' };
const planted = resolve(root, 'libs/losses/src/plantedByATest.ts');

/** Lints a file that stands in the losses lib; the project graph must exist, or the rule is skipped in silence. */
function lintPlanted(text: string): { status: number | null; output: string } {
  writeFileSync(planted, text);
  spawnSync(process.execPath, [resolve(root, 'node_modules/nx/dist/bin/nx.js'), 'show', 'projects'], { cwd: root, env });
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve(root, 'node_modules/eslint/bin/eslint.js'), planted], { cwd: root, env, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

describe('module boundaries', () => {
  afterEach(() => rmSync(planted, { force: true }));

  it.each([
    ['upward', "import { ppo } from '@rivulet/algorithms';\nexport const used = ppo;\n"],
    ['sideways', "import { gae } from '@rivulet/returns';\nexport const used = gae;\n"],
    ['type-only', "import type { VectorEnv } from '@rivulet/envs';\nexport type Used = VectorEnv;\n"],
    ['relative', "import { gae } from '../../returns/src/gae.js';\nexport const used = gae;\n"],
  ])('an %s import fails the lint', (_, text) => {
    const { status, output } = lintPlanted(text);
    expect(output).toContain('enforce-module-boundaries');
    expect(status).not.toBe(0);
  });

  it('an import that goes down passes', () => {
    const { status, output } = lintPlanted("import { tf } from '@rivulet/engine';\nexport const used = tf;\n");
    expect(output).not.toContain('enforce-module-boundaries');
    expect(status).toBe(0);
  });

  it('TensorFlow.js is imported through the engine only', () => {
    const { status, output } = lintPlanted("import * as tf from '@tensorflow/tfjs';\nexport const used = tf;\n");
    expect(output).toContain('no-restricted-imports');
    expect(status).not.toBe(0);
  });
});
