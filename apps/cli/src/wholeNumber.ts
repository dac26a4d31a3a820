/** Reads a flag's whole number. @throws when it is none, or too small, naming the flag. */
export function wholeNumber(flag: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) throw new Error(`${flag} is '${text}': it must be a whole number of at least ${least}`);
    return value;
  };
}
