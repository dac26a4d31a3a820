import type { PolicyScore } from '@rivulet/llm-reasoning';

/** What a language model can do, in one line. */
export function scoreInWords({ accuracy, problems, passAt, majority, length }: PolicyScore): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const sampled = Object.entries(passAt).map(([k, share]) => `pass@${k} ${percent(share)}`);
  return `${percent(accuracy)} of ${problems} held-out problems (sampled: ${[...sampled, `majority ${percent(majority)}`].join(', ')}; ${length.toFixed(1)} tokens)`;
}
