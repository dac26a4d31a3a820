import { existsSync } from 'node:fs';
import type { RunConfig } from '@rivulet/robotics-control';
import type { ProgressStream } from '@rivulet/tracking';

/** Where a command's words go: results to standard output, notes and progress to standard error. */
export interface Output {
  /** A result, for people. */
  say(line: string): void;
  /** What is going on; not shown with --quiet. */
  readonly note: (line: string) => void;
  /** One line of JSON at the end, with --json. */
  json(value: unknown): void;
  /** Where a progress bar goes; undefined with --quiet. */
  readonly progress: ProgressStream | undefined;
  /** A folder that does not exist yet. */
  newFolder(config: RunConfig): string;
}

/** The output that the flags --quiet and --json ask for. */
export function outputOf(options: { readonly quiet?: unknown; readonly json?: unknown }): Output {
  const quiet = options.quiet === true;
  const write = (stream: NodeJS.WriteStream, line: string): void => void stream.write(`${line}\n`);
  return {
    say: (line) => {
      if (!quiet) write(process.stdout, line);
    },
    note: (line) => {
      if (!quiet) write(process.stderr, line);
    },
    json: (value) => {
      if (options.json === true) write(process.stdout, JSON.stringify(value));
    },
    progress: quiet ? undefined : process.stderr,
    newFolder: ({ env, algorithm, seed }) => {
      for (let n = 1; ; n++) {
        const path = `runs/${env}-${algorithm}-${seed}-${n}`;
        if (!existsSync(path)) return path;
      }
    },
  };
}
