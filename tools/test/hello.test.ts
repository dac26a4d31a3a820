import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const libs = readdirSync(join(root, 'libs')).sort();
const folder = join(root, 'tools/.hello');

function hello(lib: string): string {
  const block = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'libs', lib, 'README.md'), 'utf8'));
  if (block === null) throw new Error(`libs/${lib}/README.md has no \`\`\`ts block`);
  return block[1];
}

/** The first example of every README is what a newcomer copies: it must compile, run and print something. */
describe('the hello of every README', () => {
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const lib of libs) writeFileSync(join(folder, `${lib}.ts`), hello(lib));
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions: { composite: false, declaration: false, declarationMap: false, sourceMap: false, outDir: 'out', rootDir: '.', noUnusedLocals: false }, include: ['*.ts'] }),
    );
    // The examples are ES modules.
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('all compile', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it.each(libs)('%s: at most 15 lines, imports its lib, runs and prints', (lib) => {
    const text = hello(lib);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
    expect(text).toContain(`@rivulet/${lib}`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'out', `${lib}.js`)], { encoding: 'utf8', timeout: 60_000 });
    // Progress goes to standard error; a failure would come with another status.
    expect(status, stderr).toBe(0);
    expect((stdout + stderr).trim()).not.toBe('');
  });
});
