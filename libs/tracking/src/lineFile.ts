import { appendFileSync, closeSync, ftruncateSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';

const NEWLINE = 10;
const BLOCK = 65_536;

/** Where writing begins: at a byte position (0 makes a new file), or after the last whole line of what is there. */
export type LineFileStart = number | 'end';

function byteAt(file: number, position: number): number | undefined {
  const byte = new Uint8Array(1);
  return readSync(file, byte, 0, 1, position) === 1 ? byte[0] : undefined;
}

/** The position after the last newline; a line that a crash has cut short comes after it. */
function endOfLastLine(file: number): number {
  const block = new Uint8Array(BLOCK);
  for (let end = fstatSync(file).size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const length = readSync(file, block, 0, end - start, start);
    const newline = block.subarray(0, length).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

/**
 * A text file that grows line by line. Each line is handed to the operating system at once, so a killed process loses
 * nothing that it wrote; a line that was cut short is dropped when the file is opened again with `'end'`.
 * Store `position` with a checkpoint, and open with it later: what was written after the checkpoint is cut.
 */
export class LineFile {
  readonly path: string;
  #start: LineFileStart;
  #file: number | undefined;
  #position: number;

  /** Opens nothing yet. */
  constructor(path: string, { from = 0 }: { readonly from?: LineFileStart } = {}) {
    this.path = path;
    this.#start = from;
    this.#position = from === 'end' ? 0 : from;
  }

  /** Bytes from the beginning to the end of the last line. */
  get position(): number {
    return this.#position;
  }

  /**
   * Opens the file, making its folders, and cuts what lies after the start.
   * @throws when the start lies behind the end of the file or inside a line, or when the file is open already.
   */
  open(): void {
    if (this.#file !== undefined) throw new Error(`LineFile.open: ${this.path} is open already`);
    mkdirSync(dirname(this.path), { recursive: true });
    const file = openSync(this.path, 'a+');
    try {
      const position = this.#start === 'end' ? endOfLastLine(file) : this.#start;
      const size = fstatSync(file).size;
      if (position > size) throw new Error(`LineFile.open: ${this.path} has ${size} bytes, but should continue at byte ${position}: it is not the file of that checkpoint`);
      if (position > 0 && byteAt(file, position - 1) !== NEWLINE) throw new Error(`LineFile.open: byte ${position} of ${this.path} lies inside a line`);
      ftruncateSync(file, position);
      this.#position = position;
      this.#file = file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** @throws when the file is not open, or the text holds a newline. */
  append(line: string): void {
    if (this.#file === undefined) throw new Error(`LineFile.append: ${this.path} is not open`);
    if (line.includes('\n')) throw new Error('LineFile.append: a line must not hold a newline');
    const bytes = Buffer.from(`${line}\n`);
    appendFileSync(this.#file, bytes);
    this.#position += bytes.length;
  }

  /** Closes the file; opening it again continues at `position`. */
  close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    this.#start = this.#position;
  }
}
