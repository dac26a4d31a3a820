import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { rivulet, scratch } from '../test/rivulet.js';

const at = scratch();

async function help(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await rivulet(at, ...args);
  expect([code, stderr]).toEqual([0, '']);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
  return stdout;
}

describe('help', () => {
  it.each(['run', 'eval', 'export', 'list', 'env check'])('of %s names the flags that every command has', async (command) => {
    const text = await help(...command.split(' '), '--help');
    expect(text).toMatch(new RegExp(`^Usage: rivulet ${command} `));
    for (const flag of ['--seed <n>', '--quiet', '--json', '--debug', '-h, --help']) expect(text).toContain(`  ${flag} `);
  });

  it('is what a command alone shows that is only a group', async () => {
    const text = await help();
    for (const usage of ['run [app] [options]', 'eval <folder> [options]', 'export <folder> [options]', 'list [options]', 'env check <id> [options]']) expect(text).toContain(`  ${usage} `);
    expect(text).toBe(await help('-h'));
    expect(await help('env')).toContain('Replay a recorded trace');
    expect(await help('help', 'list')).toBe(await help('list', '--help'));
  });

  it('of run shows the settings of the algorithm, and the presets of the environment', async () => {
    const ppo = await help('run', '--help');
    expect(ppo).toContain('Settings of ppo on CartPole-v1:');
    expect(ppo).toMatch(/--until-return <never\|x> .*\n? *\(preset: 475\)/);
    expect(ppo).toMatch(/--clip-range <x> +ε of the clipped surrogate \(above 0; default: 0\.2\)/);
    const sac = await help('run', '--algorithm=sac', '--env', 'Acrobot-v1', '-h');
    expect(sac).toContain('Settings of sac on Acrobot-v1:');
    expect(sac).toContain('--temperature <auto|x>');
    expect(sac).not.toContain('preset: ');
    expect(sac).not.toContain('--clip-range');
  });

  it('is not all: there is a version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await help('--version')).toBe(`${version}\n`);
  });
});
