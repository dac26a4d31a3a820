import { quoted, right, wrong } from './verdicts.js';
import type { Verdict } from './tokenTask.js';

/** Whether an answer is the integer `value`, in ASCII digits; leading zeros do not matter. */
export function checkInteger(answer: string, value: number): Verdict {
  if (!/^-?[0-9]+$/.test(answer)) return wrong('malformed', `${quoted(answer)} is not an integer`);
  return BigInt(answer) === BigInt(value) ? right : wrong('wrong', `${quoted(answer)}, it is ${value}`);
}
