import { languageMethod, type MethodName } from './languageMethods.js';
import type { RunConfig, TaskName } from './runConfig.js';

type Preset = Partial<Omit<RunConfig, 'task' | 'method'>>;

/** Settings that suit a task. Tasks without any are there to be tried: their settings were not looked for. */
const ofTask: { readonly [name in TaskName]?: Preset } = {
  arithmetic: {
    difficulty: 2,
    taskOptions: { digits: 2, style: 'steps', heldOut: 0.25 },
  },
};

/** The preset of a method on a task: the method's own settings, and those that suit the task. */
export function presetOf(method: MethodName, task: TaskName): Preset {
  const preset = ofTask[task];
  return { ...preset, settings: { ...languageMethod(method).preset, ...preset?.settings } };
}
