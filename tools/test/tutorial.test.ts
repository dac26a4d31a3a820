import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'tools/dist/tutorial');

/** The programs of the tutorial: every ```ts block, whose first line names its file. */
const programs = [...readFileSync(join(root, 'docs/tutorial.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, text]) => {
  const name = /^\/\/ ([\w-]+)\.ts\n/.exec(text)?.[1];
  if (name === undefined) throw new Error(`docs/tutorial.md: a \`\`\`ts block must begin with its file name, as in '// cartpole.ts', got '${text.split('\n')[0]}'`);
  return { name, text };
});

/** What is only imported by another program prints nothing. */
const modules = programs.filter(({ name }) => programs.some(({ text }) => text.includes(`'./${name}.js'`))).map(({ name }) => name);

describe('the tutorial', () => {
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'out'), { recursive: true });
    for (const { name, text } of programs) writeFileSync(join(folder, `${name}.ts`), text);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../../tsconfig.base.json', compilerOptions: { outDir: 'out' }, include: ['*.ts'] }));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has programs, each of its own name', () => {
    expect(programs.length).toBeGreaterThan(0);
    expect(new Set(programs.map(({ name }) => name)).size).toBe(programs.length);
  });

  it('compiles', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it.each(programs.map(({ name }) => name))('%s.ts runs', (name) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'out', `${name}.js`)], { cwd: folder, encoding: 'utf8', timeout: 300_000 });
    expect({ status, failure: status === 0 ? '' : stderr }).toEqual({ status: 0, failure: '' });
    if (!modules.includes(name)) expect(stdout.trim()).not.toBe('');
  }, 300_000);
});
