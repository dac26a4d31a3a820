/** Runs the tests of one project and leaves its counts in .reports/<project>.json, where Nx caches them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';

const projectRoot = process.argv[2];
if (projectRoot === undefined) {
  console.error('usage: node tools/scripts/vitest-project.mjs <projectRoot>');
  process.exit(2);
}
const reports = resolve('.reports');
mkdirSync(reports, { recursive: true });
const { status } = spawnSync(
  process.execPath,
  [resolve('node_modules/vitest/vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${resolve(reports, `${basename(projectRoot)}.json`)}`],
  { cwd: projectRoot, stdio: 'inherit' },
);
process.exit(status ?? 1);
