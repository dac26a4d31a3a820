/**
 * The whole test of the house: build, types, lint and tests of every package through Nx (cached), then the tests of the
 * workspace itself. The last line counts them; a build, type check or lint that fails counts as one failure, and so does a
 * project that leaves no report. With CI=true nothing is taken from the cache.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
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
const fresh = args.includes('--fresh') || process.env.CI === 'true';

const reports = resolve('.reports');
rmSync(reports, { recursive: true, force: true });

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
const packages = nx(['build', 'typecheck', 'lint', 'test'], ['--parallel=2']);
if (only === undefined) step('workspace tests', run(process.execPath, [resolve('tools/scripts/vitest-project.mjs'), 'tools']));

// Every project that was to be tested must have left a report: one that is missing would make the count a lie.
const names = ['libs', 'apps'].flatMap((folder) => readdirSync(folder).map((project) => `@rivulet/${project}`));
const expected = only === undefined ? [...names, 'tools'] : only.split(',').map((name) => (name.startsWith('@') ? name : `@rivulet/${name}`));
let passed = 0;
let failed = 0;
for (const name of expected) {
  const path = resolve(reports, `${name}.json`);
  if (!existsSync(path)) {
    step(`the tests of ${name} left no report:`, 1);
    continue;
  }
  const report = JSON.parse(readFileSync(path, 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  // A file that cannot even load has no failed test of its own.
  failed += report.testResults.filter((result) => result.status === 'failed' && result.assertionResults.every((test) => test.status !== 'failed')).length;
}
if (failed === 0) step('build, types, lint or tests of the packages', packages);
console.log(`${passed} passed, ${failed + failedSteps} failed`);
process.exit(failed + failedSteps === 0 && passed > 0 ? 0 : 1);
