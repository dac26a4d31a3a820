/** A text without anything that a tokenizer or a transcript could take for its own: what is not printable ASCII, and `<`, are written as JSON escapes. */
export function asciiJson(text: string): string {
  return text.replace(/[^ -;=-~]/g, (symbol) => `\\u${symbol.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
