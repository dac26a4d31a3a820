import { writeBytes } from './writeBytes.js';

/**
 * Writes a JSON file in one step: whenever the process is killed, a reader sees the old file or the new one, whole.
 * @throws when it cannot be written, naming it.
 */
export function writeJson(path: string, value: unknown): void {
  writeBytes(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}
