import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../test/messages.js';
import { LineFile } from './index.js';

const path = (): string => join(temporaryFolder(), 'deep', 'log.txt');

function write(file: LineFile, ...lines: string[]): LineFile {
  file.open();
  for (const line of lines) file.append(line);
  return file;
}

describe('LineFile', () => {
  it('hands every line over at once and counts bytes, not characters', () => {
    const file = write(new LineFile(path()), 'a', 'größe');
    expect(readFileSync(file.path, 'utf8')).toBe('a\ngröße\n');
    expect(file.position).toBe(10);
    file.close();
  });

  it('begins anew, at a stored position, or after the last whole line', () => {
    const file = write(new LineFile(path()), 'one', 'two');
    const stored = file.position;
    file.append('three');
    file.close();
    write(new LineFile(file.path, { from: stored }), 'four').close();
    expect(readFileSync(file.path, 'utf8')).toBe('one\ntwo\nfour\n');
    appendFileSync(file.path, 'torn {"li');
    write(new LineFile(file.path, { from: 'end' }), 'five').close();
    expect(readFileSync(file.path, 'utf8')).toBe('one\ntwo\nfour\nfive\n');
    write(new LineFile(file.path), 'six').close();
    expect(readFileSync(file.path, 'utf8')).toBe('six\n');
  });

  it('drops a torn line however long it is, and all of a file that has no whole line', () => {
    const file = path();
    write(new LineFile(file), 'x'.repeat(70_000)).close();
    appendFileSync(file, 'y'.repeat(200_000));
    write(new LineFile(file, { from: 'end' }), 'z').close();
    expect(readFileSync(file, 'utf8')).toBe(`${'x'.repeat(70_000)}\nz\n`);
    writeFileSync(file, 'torn');
    write(new LineFile(file, { from: 'end' }), 'z').close();
    expect(readFileSync(file, 'utf8')).toBe('z\n');
  });

  it('continues where it was closed', () => {
    const file = write(new LineFile(path()), 'one');
    file.close();
    file.close();
    write(file, 'two').close();
    expect(readFileSync(file.path, 'utf8')).toBe('one\ntwo\n');
  });

  it('refuses a position that the file cannot have', () => {
    const file = write(new LineFile(path()), 'one', 'two');
    file.close();
    expect(() => new LineFile(file.path, { from: 99 }).open()).toThrow('has 8 bytes, but should continue at byte 99');
    expect(() => new LineFile(file.path, { from: 3 }).open()).toThrow('byte 3 of');
    expect(readFileSync(file.path, 'utf8')).toBe('one\ntwo\n');
    expect(() => file.append('x')).toThrow('is not open');
    file.open();
    expect(() => file.open()).toThrow('is open already');
    expect(() => file.append('a\nb')).toThrow('must not hold a newline');
    file.close();
  });
});
