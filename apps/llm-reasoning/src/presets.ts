import { grpoPresets } from '@rivulet/algorithms';
import type { MethodName, RunConfig, TaskName } from './runConfig.js';

type Preset = Partial<Omit<RunConfig, 'task' | 'method'>>;

/** Settings that suit a task. Tasks without any are there to be tried: their settings were not looked for. */
const ofTask: { readonly [name in TaskName]?: Preset } = {
  arithmetic: {
    difficulty: 2,
    taskOptions: { digits: 2, style: 'steps', heldOut: 0.25 },
  },
};

/** What every method learns with here, over the defaults of the family. */
const settings = { prompts: 64, groupSize: 8, minibatchPrompts: 32, epochs: 2, learningRate: 3e-4 };

/** The preset of a method on a task: the method's own settings, and those that suit the task. */
export function presetOf(method: MethodName, task: TaskName): Preset {
  const preset = ofTask[task];
  return { ...preset, settings: { ...settings, ...grpoPresets[method], ...preset?.settings } };
}
