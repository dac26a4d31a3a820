import { grpoConfig } from '@rivulet/algorithms';
import type { z } from 'zod';

/** The settings of the method: those of the family, without what the run decides. */
export const methodConfig = grpoConfig.omit({ newTokens: true });

export type MethodConfig = z.infer<typeof methodConfig>;
