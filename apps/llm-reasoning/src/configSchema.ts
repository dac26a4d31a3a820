import type { z } from 'zod';
import { languageTasks } from './languageTasks.js';
import { methodConfig } from './methodConfig.js';
import { modelConfig } from './modelConfig.js';
import { runConfig, type TaskName } from './runConfig.js';
import { warmStartConfig } from './warmStartConfig.js';

/** The whole config of a run of this task, its objects included: what `config.json` holds. */
export function configSchema(task: TaskName): z.ZodObject {
  return runConfig.extend({ taskOptions: languageTasks[task].schema, model: modelConfig, warmStart: warmStartConfig, settings: methodConfig });
}
