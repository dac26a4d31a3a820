import type { Rng } from '@rivulet/engine';
import { checkInteger } from './checkInteger.js';
import { defineTask } from './defineTask.js';
import { pick } from './pick.js';
import { quoted, right, wrong } from './verdicts.js';
import type { TokenTask } from './tokenTask.js';

/** A skill of {@link stringPuzzle}. */
export type StringSkill = 'copy' | 'reverse' | 'sort' | 'count' | 'brackets';

/** What {@link stringPuzzle} takes. */
export interface StringPuzzleOptions {
  /** All five unless given. */
  readonly skills?: readonly StringSkill[];
  /** The longest string; 8 unless given. */
  readonly maxLength?: number;
  /** The letters that strings are made of; 'abcdefgh' unless given. */
  readonly letters?: string;
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/** What the verifier of {@link stringPuzzle} knows. */
export type StringPuzzleData = { readonly skill: StringSkill; readonly text: string; readonly answer: string };

const SKILLS: readonly StringSkill[] = ['copy', 'reverse', 'sort', 'count', 'brackets'];
const PAIRS: { readonly [open: string]: string } = { '(': ')', '[': ']', '{': '}' };

/**
 * String skills with one right answer each, level l on strings of length l: `copy(dab)=#dab`, `reverse(dab)=#bad`, `sort(dab)=#abd`, `count(a,dabba)=#2` (how often the letter stands in the string),
 * `brackets([()({)=#})]` (what closes the open brackets, innermost first; empty where all are closed, then `#-`).
 *
 * @throws when an option is out of range.
 */
export function stringPuzzle({ skills = SKILLS, maxLength = 8, letters = 'abcdefgh', heldOut }: StringPuzzleOptions = {}): TokenTask<StringPuzzleData> {
  if (skills.length === 0 || skills.some((skill) => !SKILLS.includes(skill))) throw new Error(`stringPuzzle: skills must be some of ${SKILLS.join(', ')}, got [${skills.join(', ')}]`);
  if (!/^[a-z]+$/.test(letters) || new Set(letters).size < letters.length) throw new Error(`stringPuzzle: letters must be different letters a-z, got ${quoted(letters)}`);
  return defineTask<StringPuzzleData>({
    name: 'stringPuzzle',
    alphabet: [...new Set(`${skills.join('')}${letters}(),=#-[]{}0123456789`)].join(''),
    levels: maxLength,
    answerLimit: 2 * maxLength + 20,
    heldOut,
    draw(rng, level) {
      const skill = pick(rng, skills);
      const text = skill === 'brackets' ? openBrackets(rng, level) : letterString(rng, letters, level);
      const letter = pick(rng, [...letters]);
      const answer = solve(skill, text, letter);
      return { prompt: `${skill}(${skill === 'count' ? `${letter},` : ''}${text})=`, solution: `#${answer}`, tags: [skill], data: { skill, text, answer } };
    },
    check(answer, { data }) {
      if (data.skill === 'count') return checkInteger(answer, Number(data.answer));
      return answer === data.answer ? right : wrong('wrong', `${quoted(answer)}, it is ${quoted(data.answer)}`);
    },
  });
}

function letterString(rng: Rng, letters: string, length: number): string {
  return Array.from({ length }, () => letters[rng.nextInt(letters.length)]).join('');
}

function solve(skill: StringSkill, text: string, letter: string): string {
  const symbols = [...text];
  if (skill === 'reverse') return symbols.reverse().join('');
  if (skill === 'sort') return symbols.sort().join('');
  if (skill === 'count') return String(symbols.filter((symbol) => symbol === letter).length);
  if (skill === 'copy') return text;
  return stillOpen(symbols).reverse().map((open) => PAIRS[open]).join('') || '-';
}

/** A string of brackets of which none closes wrongly. */
function openBrackets(rng: Rng, length: number): string {
  const symbols: string[] = [];
  for (let i = 0; i < length; i++) {
    const innermost = stillOpen(symbols).at(-1);
    const opens = innermost === undefined || rng.nextInt(2) === 0;
    symbols.push(opens ? pick(rng, Object.keys(PAIRS)) : PAIRS[innermost]);
  }
  return symbols.join('');
}

function stillOpen(symbols: readonly string[]): string[] {
  const open: string[] = [];
  for (const symbol of symbols) {
    if (symbol in PAIRS) open.push(symbol);
    else open.pop();
  }
  return open;
}
