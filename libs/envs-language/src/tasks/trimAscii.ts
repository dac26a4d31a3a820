/** A text without spaces, tabs and line breaks at its ends, in linear time; the spaces of Unicode stay, since they are not what was asked for. */
export function trimAscii(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
