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

  it("'s test command is what CI runs, after it has seen to a browser", () => {
    const lines = readFileSync(join(root, '.ci/run'), 'utf8').trim().split('\n');
    const browser = lines.slice(lines.findIndex((line) => line.startsWith('if ')), lines.indexOf('fi') + 1);
    const commands = lines.filter((line) => !browser.includes(line) && !line.startsWith('#') && !line.startsWith('set ') && !line.startsWith('cd '));
    expect(commands).toEqual([blocks[1]]);
    expect(lines.at(-1)).toBe(blocks[1]);
    expect(browser.join(' ')).toMatch(/^if ! command -v chromium .*apt-get install .* chromium/);
    expect(browser.join(' ')).not.toMatch(/npm|npx|node /);
  });
});
