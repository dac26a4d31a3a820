import { defer, finalize, type MonoTypeOperatorFunction, tap } from 'rxjs';
import { LineFile } from './lineFile.js';

/** Writes the lines that messages give to a file which is open while somebody is subscribed; all messages pass unchanged. */
export function toLines<M>(file: LineFile | (() => LineFile), linesOf: (message: M) => readonly string[], header?: string): MonoTypeOperatorFunction<M> {
  return (source) =>
    defer(() => {
      const target = file instanceof LineFile ? file : file();
      target.open();
      const begin = (): void => {
        if (header !== undefined && target.position === 0) target.append(header);
      };
      const next = (message: M): void => {
        for (const line of linesOf(message)) target.append(line);
      };
      return source.pipe(
        tap({ subscribe: begin, next }),
        finalize(() => target.close()),
      );
    });
}
