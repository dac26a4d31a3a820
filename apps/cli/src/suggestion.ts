import { nearest } from './nearest.js';

/** "; did you mean 'x'?", or "; there are a, b, c" where nothing is near. */
export function suggestion(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === undefined ? `; there are ${names.join(', ')}` : `; did you mean '${near}'?`;
}
