import type { ProgressStream } from '@rivulet/tracking';

/** Where a command's words go: results to standard output, notes and progress to standard error. */
export interface Output {
  /** A result, for people; not shown with --quiet. */
  readonly say: (line: string) => void;
  /** What is going on; not shown with --quiet. */
  readonly note: (line: string) => void;
  /** One line of JSON at the end, with --json. */
  readonly json: (value: unknown) => void;
  /** Where a progress bar goes; undefined with --quiet. */
  readonly progress: ProgressStream | undefined;
}

/** The flags that decide it. */
export interface OutputFlags {
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** The output that the flags ask for. */
export function outputOf({ quiet = false, json = false }: OutputFlags): Output {
  const write = (stream: NodeJS.WriteStream, line: string): void => void stream.write(`${line}\n`);
  return {
    say: (line) => (quiet ? undefined : write(process.stdout, line)),
    note: (line) => (quiet ? undefined : write(process.stderr, line)),
    json: (value) => (json ? write(process.stdout, JSON.stringify(value)) : undefined),
    progress: quiet ? undefined : process.stderr,
  };
}
