import { readNumber } from './readNumber.js';
import { trimAscii } from './trimAscii.js';
import { quoted, right, wrong } from './verdicts.js';
import type { Verdict } from './tokenTask.js';

/** What {@link answerVerifier} takes. */
export interface AnswerVerifierOptions {
  /**
   * 'exact': the same text after Unicode composition (NFC). 'numeric': the same number, see `tolerance`. 'choice': the same letter, as `B`, `b`, `(B)`, `B.` or `B)`.
   * 'f1': the overlap of words (Rajpurkar et al. 2016): 2 P R / (P + R), after lower case and without punctuation and the articles a, an, the.
   */
  readonly check: 'exact' | 'numeric' | 'choice' | 'f1';
  /**
   * The form of the whole text. Tags, in order, such as ['think', 'answer'], each once as `<think>…</think>`, nothing between them, the answer in the last; or an expression, whose group `answer`
   * (else its first) holds the answer. Without one, the answer is what follows the last `#`, or all of the text where there is none. An expression runs on text of up to `maxLength` characters: write it
   * without repetitions inside repetitions.
   */
  readonly format?: RegExp | readonly string[];
  /** Whether a text of another form gets 0; true unless given. Else all of the text is its answer. */
  readonly gate?: boolean;
  /** The share w of the reward that the form alone earns: (1 − w) · check + w · form. 0 unless given. */
  readonly bonus?: number;
  /** 'numeric': the largest difference, relative to the reference: |x − r| ≤ tolerance · |r|. 0 unless given: the same number exactly. */
  readonly tolerance?: number;
  /** Longer texts are wrong; 20 000 unless given. */
  readonly maxLength?: number;
}

/** A check of an answer against a reference, of which any may be met where there are several. */
export type AnswerVerifier = (text: string, reference: string | readonly string[]) => Verdict;

/**
 * A verifier of free text against references, for questions that come from a data set. Any text gets its verdict: 'right', 'wrong', 'partly' (f1 between 0 and 1), 'noAnswer', 'malformed' (no number,
 * no choice), 'wrongFormat', 'tooLong'.
 *
 * @throws when an option is out of range; while checking, when a reference has not the form of the check.
 */
export function answerVerifier(options: AnswerVerifierOptions): AnswerVerifier {
  const { check, format, gate = true, bonus = 0, tolerance = 0, maxLength = 20_000 } = options;
  if (!(bonus >= 0 && bonus <= 1)) throw new Error(`answerVerifier: bonus must be in [0, 1], got ${bonus}`);
  if (!(tolerance >= 0)) throw new Error(`answerVerifier: tolerance must not be negative, got ${tolerance}`);
  if (format instanceof RegExp && (format.global || format.sticky)) throw new Error('answerVerifier: format must not have the flags g or y, which remember a position');
  const compare = (answer: string, reference: string): Verdict => checks[check](answer, reference, tolerance);

  return (text, reference) => {
    if (text.length > maxLength) return wrong('tooLong', `${text.length} characters, at most ${maxLength} are read`);
    const found = formatted(text, format);
    if (found === undefined && gate) return wrong('wrongFormat', 'the text has not the form that was asked for');
    const answer = trimAscii(found ?? text);
    const references = typeof reference === 'string' ? [reference] : reference;
    if (references.length === 0) throw new Error('answerVerifier: there is no reference');
    const verdicts = references.map((each) => (answer === '' ? wrong('noAnswer') : compare(answer, each)));
    const best = verdicts.reduce((a, b) => (b.reward > a.reward ? b : a));
    return bonus === 0 ? best : { ...best, reward: (1 - bonus) * best.reward + (found === undefined ? 0 : bonus) };
  };
}

/** The answer in a text of the form, or undefined where it has another. */
function formatted(text: string, format: RegExp | readonly string[] | undefined): string | undefined {
  if (format === undefined) return text.slice(text.lastIndexOf('#') + 1);
  if (!(format instanceof RegExp)) return inTags(text, format);
  const match = format.exec(text);
  return match === null ? undefined : (match.groups?.answer ?? match[1] ?? match[0]);
}

/** The content of the last of the tags, where each stands once, in order, with blanks alone between them. */
function inTags(text: string, tags: readonly string[]): string | undefined {
  let [at, content] = [0, ''];
  for (const tag of tags) {
    const [open, close] = [`<${tag}>`, `</${tag}>`];
    const start = text.indexOf(open, at);
    const end = start < 0 ? -1 : text.indexOf(close, start + open.length);
    if (end < 0 || trimAscii(text.slice(at, start)) !== '') return undefined;
    if (text.indexOf(open) !== text.lastIndexOf(open) || text.indexOf(close) !== text.lastIndexOf(close)) return undefined;
    content = text.slice(start + open.length, end);
    at = end + close.length;
  }
  return trimAscii(text.slice(at)) === '' ? content : undefined;
}

type Check = (answer: string, reference: string, tolerance: number) => Verdict;

const checks: { readonly [check in AnswerVerifierOptions['check']]: Check } = {
  exact: (answer, reference) => (answer.normalize('NFC') === trimAscii(reference).normalize('NFC') ? right : wrong('wrong', `${quoted(answer)}, it is ${quoted(reference)}`)),
  numeric(answer, reference, tolerance) {
    const expected = readNumber(reference);
    if (expected === undefined) throw new Error(`answerVerifier: the reference ${quoted(reference)} is not a number`);
    const value = readNumber(answer);
    if (value === undefined) return wrong('malformed', `${quoted(answer)} is not a number`);
    // Fractions a/b of integers: |a/b − c/d| ≤ t |c/d| without dividing, where exactness is asked for.
    const difference = value[0] * expected[1] - expected[0] * value[1];
    const met = tolerance === 0 ? difference === 0n : Math.abs(quotient(value) - quotient(expected)) <= tolerance * Math.abs(quotient(expected));
    return met ? right : wrong('wrong', `${quoted(answer)}, it is ${quoted(reference)}`);
  },
  choice(answer, reference) {
    const expected = readChoice(reference);
    if (expected === undefined) throw new Error(`answerVerifier: the reference ${quoted(reference)} is not one letter`);
    const chosen = readChoice(answer);
    if (chosen === undefined) return wrong('malformed', `${quoted(answer)} is not one letter`);
    return chosen === expected ? right : wrong('wrong', `${chosen}, it is ${expected}`);
  },
  f1(answer, reference) {
    const score = overlap(words(answer), words(reference));
    return score === 1 ? right : score === 0 ? wrong('wrong', `no word of ${quoted(reference)}`) : { reward: score, reason: 'partly' };
  },
};

function quotient([numerator, denominator]: readonly [bigint, bigint]): number {
  return Number(numerator) / Number(denominator);
}

function readChoice(text: string): string | undefined {
  return /^\(?([A-Za-z])[).]?$/.exec(trimAscii(text))?.[1].toUpperCase();
}

function words(text: string): string[] {
  const plain = text.normalize('NFC').toLowerCase().replace(/[\p{P}\p{S}]/gu, '');
  return plain.split(/\s/).filter((word) => word !== '' && word !== 'a' && word !== 'an' && word !== 'the');
}

/** F1 of two bags of words; 1 where both are empty. */
function overlap(answer: readonly string[], reference: readonly string[]): number {
  if (answer.length === 0 || reference.length === 0) return answer.length === reference.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const word of reference) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of answer) {
    const count = left.get(word) ?? 0;
    if (count > 0) common++;
    left.set(word, count - 1);
  }
  return (2 * common) / (answer.length + reference.length);
}
