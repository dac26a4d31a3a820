import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1].trim());

/** A newcomer copies the first two commands of the README, and CI runs the second. */
describe('the README', () => {
  it('begins with the command that trains, and the one that tests', () => {
    expect(blocks.slice(0, 2)).toEqual(['npm ci && npx rivulet run', 'npm ci && npm test']);
  });

  it("'s test command is what CI runs", () => {
    const commands = readFileSync(join(root, '.ci/run'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('set ') && !line.startsWith('cd '));
    expect(commands).toEqual([blocks[1]]);
  });
});
