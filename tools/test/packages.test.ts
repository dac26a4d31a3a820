import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const libs = readdirSync(join(root, 'libs')).sort();

describe.each(libs)('package %s', (lib) => {
  const folder = join(root, 'libs', lib);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { [key: string]: unknown };

  it('has a manifest with exports, no side effects that it does not name, and a real content', () => {
    expect(manifest.name).toBe(`@rivulet/${lib}`);
    // Importing the engine's tf repairs TensorFlow.js: a bundler that left that out would bring back its wrong gradients.
    expect(manifest.sideEffects).toEqual(lib === 'engine' ? ['./dist/tf.js', './dist/tensorflow.js', './src/tf.ts', './src/tensorflow.ts'] : false);
    expect(manifest.exports).toBeDefined();
    expect(readFileSync(join(folder, 'src/index.ts'), 'utf8')).toMatch(/export .*from '\.\//);
  });

  it('passes publint', async () => {
    const { messages } = await publint({ pkgDir: folder, strict: true, pack: 'npm' });
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  });

  it('passes attw as an ESM-only package', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'rivulet-pack-'));
    try {
      const { status, stderr } = spawnSync('npm', ['pack', '--ignore-scripts', '--pack-destination', temporary], { cwd: folder, encoding: 'utf8' });
      expect(status, stderr).toBe(0);
      const tarball = readFileSync(join(temporary, readdirSync(temporary)[0]));
      const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
      // An ESM-only package cannot be required: the only finding that `attw --profile esm-only` ignores, and so do we.
      const problems = result.types === false ? ['no types'] : result.problems.filter((problem) => problem.kind !== 'CJSResolvesToESM' && !('resolutionKind' in problem && problem.resolutionKind === 'node10'));
      expect(problems).toEqual([]);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
});
