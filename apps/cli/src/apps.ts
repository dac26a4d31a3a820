/** The apps that `run` knows; the first is the default. */
export const apps = { 'robotics-control': 'classic-control and point tasks, trained end to end' } as const;
