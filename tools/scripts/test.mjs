/**
 * The whole test of the house: build, types, lint and tests of every package through Nx (cached), then the tests of the
 * workspace itself. The last line counts them; a build, type check or lint that fails counts as one failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

const help = `usage: npm test [-- --only <project,...>] [-- --fresh]
  --only   test just these projects (and not the workspace), for instance --only engine,envs
  --fresh  ignore cached results`;
const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(help);
  process.exit(0);
}
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
const fresh = args.includes('--fresh');

const reports = resolve('.reports');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: '0' };
const run = (command, commandArgs) => spawnSync(command, commandArgs, { stdio: 'inherit', env }).status ?? 1;
const nx = (targets, extra = []) =>
  run(process.execPath, [resolve('node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', ...targets, '--outputStyle=static', ...(only === undefined ? [] : ['-p', only]), ...(fresh ? ['--skip-nx-cache'] : []), ...extra]);

let failedSteps = 0;
const step = (name, status) => {
  if (status !== 0) {
    failedSteps++;
    console.error(`\n${name} failed`);
  }
};
step('build, typecheck or lint', nx(['build', 'typecheck', 'lint'], ['--parallel=2']));
// A project's tests use both cores themselves where they can; two projects at a time keep them busy.
const tested = nx(['test'], ['--parallel=2']);
if (only === undefined) step('workspace tests', run(process.execPath, [resolve('tools/scripts/vitest-project.mjs'), 'tools']));

let passed = 0;
let failed = 0;
for (const file of existsSync(reports) ? readdirSync(reports).sort() : []) {
  const report = JSON.parse(readFileSync(resolve(reports, file), 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  // A file that cannot even load has no failed test of its own.
  failed += report.testResults.filter((result) => result.status === 'failed' && result.assertionResults.every((test) => test.status !== 'failed')).length;
}
if (tested !== 0 && failed === 0) failedSteps++;
console.log(`${passed} passed, ${failed + failedSteps} failed`);
process.exit(failed + failedSteps === 0 && passed > 0 ? 0 : 1);
