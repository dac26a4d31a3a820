import type { CheckpointLayout } from './checkpointLayout.js';
import { gpt2Layout } from './gpt2Layout.js';
import { llamaLayout } from './llamaLayout.js';
import { qwen2Layout } from './qwen2Layout.js';

/** The known families, by the `model_type` of their configs. */
export const checkpointLayouts = { gpt2: gpt2Layout, llama: llamaLayout, qwen2: qwen2Layout } as const satisfies { readonly [name: string]: CheckpointLayout };

/** A family of models whose checkpoints can be read and written. */
export type CheckpointArchitecture = keyof typeof checkpointLayouts;
