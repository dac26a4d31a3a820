import { z } from 'zod';

/** Low-rank adapters of a pretrained model: without them all of it is trained. */
export const loraConfig = z.strictObject({
  rank: z.int().min(0).default(0).describe('rank of the adapters; 0 to train the whole model'),
  alpha: z.number().positive().default(16).describe('α: what the adapters add is scaled by α / rank'),
  targets: z.array(z.enum(['query', 'key', 'value', 'output', 'gate', 'up', 'down'])).min(1).default(['query', 'value']).describe('the maps that are adapted'),
});

export type LoraConfig = z.infer<typeof loraConfig>;
