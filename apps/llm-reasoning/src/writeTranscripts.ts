import type { Transcript } from '@rivulet/algorithms';
import type { LineFile } from '@rivulet/tracking';

/** When completions were written: in which phase, after how many of its rounds, and after how many tokens of the run. */
export interface TranscriptTime {
  readonly phase: string;
  readonly round: number;
  readonly step: number;
}

/** Adds completions to a file, a line each: when, prompt, text, reward, reason, tokens. */
export function writeTranscripts(file: LineFile, time: TranscriptTime, transcripts: readonly Transcript[]): void {
  file.open();
  try {
    for (const transcript of transcripts) file.append(JSON.stringify({ ...time, ...transcript }));
  } finally {
    file.close();
  }
}
