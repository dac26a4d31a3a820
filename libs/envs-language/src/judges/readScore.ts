/**
 * The score in a judge's reply as a share of the scale: the number behind the last `Score:` (in any case, perhaps in **stars**, perhaps with `/scale` behind it). Undefined where there is none, or none in
 * 0 … scale.
 */
export function readScore(reply: string, scale: number): number | undefined {
  const text = reply.slice(-10_000);
  const at = [...text.matchAll(/score/gi)].at(-1)?.index;
  if (at === undefined) return undefined;
  const match = /^score[*_"]{0,3} ?[:=] ?[*_"]{0,3} ?([0-9]{1,6}(?:\.[0-9]{1,6})?)(?: ?\/ ?([0-9]{1,6}))?(?![0-9.,]*[0-9])/i.exec(text.slice(at));
  if (match === null || (match[2] !== undefined && Number(match[2]) !== scale)) return undefined;
  const score = Number(match[1]) / scale;
  return score <= 1 ? score : undefined;
}
