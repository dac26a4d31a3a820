/** A whole number in the variable-length form of WebAssembly (LEB128): unsigned from 0 on, or signed. */
export function leb(value: number, signed = false): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest & 0x7f;
    rest = signed ? rest >> 7 : rest >>> 7;
    // A signed number ends where the rest only repeats the sign bit of the last byte.
    if (signed ? rest === ((low & 0x40) === 0 ? 0 : -1) : rest === 0) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}
