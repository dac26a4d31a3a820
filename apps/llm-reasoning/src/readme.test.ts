import { readFileSync } from 'node:fs';
import { runFolder } from '@rivulet/tracking';
import { describe, expect, it } from 'vitest';
import { languageFolder } from './languageFolder.js';
import { runConfig } from './runConfig.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  it('has every key of the config with its default', () => {
    const rows = [...readme.matchAll(/^\| `(\w+)` \| `?([^|`]*)`? ?\|/gm)].map(([, key, value]) => [key, value.replaceAll(' ', '')]);
    const defaults = Object.entries(runConfig.parse({})).map(([key, value]) => [key, typeof value === 'object' ? '' : String(value).replaceAll(' ', '')]);
    expect(rows.filter(([key]) => key in runConfig.shape)).toEqual(defaults);
  });

  it('has every file of a run folder, but for the curve that this app does not draw', () => {
    const { curve: _curve, ...files } = languageFolder(runFolder(''));
    for (const path of Object.values(files).filter((name) => name !== '')) expect(readme).toMatch(new RegExp(`^\\| \`${path}/?\` \\|`, 'm'));
  });
});
