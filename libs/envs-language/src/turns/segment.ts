/** A part of a transcript, with who wrote it: 'prompt' and 'reply' are given, 'model' is what is learned. */
export interface Segment {
  readonly role: 'prompt' | 'model' | 'reply';
  readonly text: string;
}
