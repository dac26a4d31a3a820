import type { z } from 'zod';
import { languageMethod, type MethodName } from './languageMethods.js';
import { languageTasks } from './languageTasks.js';
import { loraConfig } from './loraConfig.js';
import { modelConfig } from './modelConfig.js';
import { rewardModelConfig } from './rewardModelConfig.js';
import { runConfig, type TaskName } from './runConfig.js';
import { warmStartConfig } from './warmStartConfig.js';

/** The whole config of a run of this task and method, its objects included: what `config.json` holds. */
export function configSchema(task: TaskName, method: MethodName): z.ZodObject {
  return runConfig.extend({ taskOptions: languageTasks[task].schema, model: modelConfig, lora: loraConfig, warmStart: warmStartConfig, rewardModel: rewardModelConfig, settings: languageMethod(method).schema });
}
