/** What the operating system objects to, in its words: "not a directory" of "ENOTDIR: not a directory, mkdir 'a/b'". */
export function fileFault(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
