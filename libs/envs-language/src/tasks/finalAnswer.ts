import { trimAscii } from './trimAscii.js';
import { wrong } from './verdicts.js';
import type { Verdict } from './tokenTask.js';

/** The answer in a text, what follows its last `#`, or the verdict on a text that has none or one of more than `limit` characters. */
export function finalAnswer(text: string, limit: number): string | Verdict {
  const mark = text.lastIndexOf('#');
  if (mark < 0) return wrong('noAnswer', "there is no '#'");
  const answer = trimAscii(text.slice(mark + 1));
  if (answer === '') return wrong('noAnswer', "nothing follows the last '#'");
  return answer.length > limit ? wrong('tooLong', `${answer.length} characters, ${limit} would do`) : answer;
}
