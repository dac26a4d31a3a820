import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { boundaries } from '../lint/boundaries.mjs';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const architecture = read('docs/architecture.md');

/** Words and signs alone: no comments, no line breaks. */
function bare(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '').replace(/\s+/g, ' ').trim();
}

/** The heading that a link to a place on a page means, as GitHub makes it. */
function anchors(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s/g, '-'));
}

function brokenLinks(path: string): string[] {
  const page = read(path).replace(/```[\s\S]*?```/g, '');
  return [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link).filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file, anchor] = link.split('#');
    if (file !== '' && !existsSync(join(root, dirname(path), file))) return true;
    return anchor !== undefined && !anchors(file === '' ? read(path) : read(join(dirname(path), file))).includes(anchor);
  });
}

describe('the pages under docs', () => {
  it.each(['docs/README.md', 'docs/architecture.md', 'docs/tutorial.md', 'docs/exporting.md'])('%s has no broken link', (path) => {
    expect(brokenLinks(path)).toEqual([]);
  });

  it('architecture.md quotes the sources that it links to', () => {
    const sources = [...architecture.matchAll(/\]\(\.\.\/(libs\/[^)]*\.ts)\)/g)].map(([, path]) => bare(read(path)));
    const quotes = [...architecture.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, quote]) => quote);
    // A line '// ... what' stands for what is left out.
    const stands = (quote: string, source: string): boolean => quote.split(/^ *\/\/ \.\.\. .*$/m).every((part) => source.includes(bare(part)));
    expect(quotes.length).toBeGreaterThan(5);
    expect(quotes.filter((quote) => !sources.some((source) => stands(quote, source)))).toEqual([]);
  });

  it('architecture.md lists the rooms with the borders that are enforced', () => {
    const room = (tag: string): string => tag.replace(/^(lib|app):/, '');
    const rows = [...architecture.matchAll(/^\| `([\w-]+)` \| .* \|(.*)\|$/gm)].map(([, name, uses]) => [name, uses.split(',').map((use) => use.trim()).filter((use) => use !== '')]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(boundaries.map(({ sourceTag, onlyDependOnLibsWithTags }) => [room(sourceTag), onlyDependOnLibsWithTags.map(room)])));
  });
});
