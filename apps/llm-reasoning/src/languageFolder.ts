import { join } from 'node:path';
import type { RunFolder } from '@rivulet/tracking';

/** A run folder in which a language model keeps what it wrote, too. */
export interface LanguageFolder extends RunFolder {
  readonly transcripts: string;
}

/** The names of the files in the folder of such a run. */
export function languageFolder(folder: RunFolder): LanguageFolder {
  return { ...folder, transcripts: join(folder.path, 'transcripts.jsonl') };
}
