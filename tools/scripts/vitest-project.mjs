/** Runs the tests of one project and leaves its counts in .reports/<package name>.json, which Nx keeps with its cached result. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const projectRoot = process.argv[2];
if (projectRoot === undefined) {
  console.error('usage: node tools/scripts/vitest-project.mjs <projectRoot>');
  process.exit(2);
}
const manifest = resolve(projectRoot, 'package.json');
const name = existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).name : projectRoot;
const report = resolve('.reports', `${name}.json`);
const { status } = spawnSync(
  process.execPath,
  [resolve('node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  { cwd: projectRoot, stdio: 'inherit' },
);
process.exit(status ?? 1);
