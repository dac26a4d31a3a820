import { languageMethod, type MethodName } from './languageMethods.js';
import type { RunConfig, TaskName } from './runConfig.js';

type Preset = Partial<Omit<RunConfig, 'task' | 'method'>>;

/** Settings that suit a task. Tasks without any are there to be tried: their settings were not looked for. */
const ofTask: { readonly [name in TaskName]?: Preset } = {
  arithmetic: {
    difficulty: 2,
    taskOptions: { digits: 2, style: 'steps', heldOut: 0.25 },
    // 900 rounds of 8 gradient steps each: the learning rate falls to 0 at their end. At 1e-3 it learned hardly anything in 300 rounds.
    rewardModel: { rounds: 900, prompts: 128, groupSize: 4, minibatchPrompts: 32, epochs: 2, learningRate: 4e-4, annealUpdates: 7200 },
  },
};

/** The preset of a method on a task: the method's own settings, and those that suit the task. */
export function presetOf(method: MethodName, task: TaskName): Preset {
  const preset = ofTask[task];
  return { ...preset, settings: { ...languageMethod(method).preset, ...preset?.settings } };
}
