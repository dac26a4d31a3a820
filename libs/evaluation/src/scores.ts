/** Scores [runs][tasks]: every run (seed) has one score for every task, usually normalised so that 1 is a reference. */
export type Scores = readonly (readonly number[])[];

/** @throws unless the matrix has a run and a task, all runs have as many scores, and every score is a number. */
export function checkScores(where: string, scores: Scores): void {
  const tasks = scores[0]?.length ?? 0;
  if (tasks === 0) throw new Error(`${where}: scores need at least one run and one task`);
  scores.forEach((run, r) => {
    if (run.length !== tasks) throw new Error(`${where}: run ${r} has ${run.length} scores, run 0 has ${tasks}`);
    const bad = run.findIndex((score) => !Number.isFinite(score));
    if (bad >= 0) throw new Error(`${where}: the score of run ${r} on task ${bad} is ${run[bad]}`);
  });
}

/** The mean over runs of each task: [tasks]. */
export function taskMeans(scores: Scores): number[] {
  return scores[0].map((_, task) => scores.reduce((sum, run) => sum + run[task], 0) / scores.length);
}
