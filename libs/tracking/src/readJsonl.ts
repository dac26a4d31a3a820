import { readFileSync } from 'node:fs';
import { type BoundaryMessage, decodeMessage, type Message } from '@rivulet/streams';

/**
 * The messages that `toJsonl` wrote. A last line without a newline was cut short by a crash, and is left out.
 * @throws when another line is no message, with its number.
 */
export function readJsonl(path: string): Exclude<Message, BoundaryMessage>[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, index) => {
    try {
      return decodeMessage(JSON.parse(line));
    } catch (error) {
      throw new Error(`readJsonl: line ${index + 1} of ${path}: ${(error as Error).message}`, { cause: error });
    }
  });
}
