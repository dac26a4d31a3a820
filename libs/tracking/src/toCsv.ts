import type { Message } from '@rivulet/streams';
import type { MonoTypeOperatorFunction } from 'rxjs';
import { LineFile, type LineFileStart } from './lineFile.js';
import { scalarsOf } from './scalarsOf.js';
import { toLines } from './toLines.js';

// RFC 4180: a field with a comma or a quote is quoted, its quotes doubled.
function field(text: string): string {
  return /[",\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Writes a table with one number per row, `step,tag,value`, with the tags of {@link scalarsOf}: the columns stay the
 * same whatever an algorithm measures, and a pivot makes one column per tag of it. Numbers have as many digits as they
 * need to be read back exactly; there is no time in it.
 *
 * Files are opened, cut and continued as with `toJsonl`. All messages pass unchanged.
 *
 * @param target A path, or a file that is cut and continued by its owner.
 * @param options `from`: where writing begins, if a path was given; 0 (a new file) by default.
 * @throws (as an error of the stream) when the file cannot be opened or written.
 */
export function toCsv<M extends Message>(target: string | LineFile, { from }: { readonly from?: LineFileStart } = {}): MonoTypeOperatorFunction<M> {
  const linesOf = (message: M): string[] => scalarsOf(message).map(({ tag, value }) => `${message.step},${field(tag)},${Object.is(value, -0) ? '-0' : value}`);
  return toLines(typeof target === 'string' ? () => new LineFile(target, { from }) : target, linesOf, 'step,tag,value');
}
