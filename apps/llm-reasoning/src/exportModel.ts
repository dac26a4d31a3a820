import { join } from 'node:path';
import { completionScores, type TokenModel, tokenRollout, wholeModel } from '@rivulet/algorithms';
import { compile, disposeTree, encodeSafetensors, type HostBatch, type NdArray, Rng, type tf, type Tree } from '@rivulet/engine';
import { problems } from '@rivulet/envs-language';
import { causalTransformer, transformerToCheckpoint } from '@rivulet/networks';
import { chosenCheckpoint, makeFolder, writeBytes, writeJson } from '@rivulet/tracking';
import type { LanguageFolder } from './languageFolder.js';
import { pretrainedModel } from './pretrainedModel.js';
import { reachedIn } from './reachedIn.js';
import type { RunConfig } from './runConfig.js';
import { type RunParts, runParts } from './runParts.js';
import type { RunStatus } from './runStatus.js';
import { storedPolicy } from './storedPolicy.js';

export interface ExportModelOptions {
  readonly config: RunConfig;
  readonly folder: LanguageFolder;
  /** The folder to write; it is made where missing. Files of the same names are replaced. */
  readonly to: string;
  /** 'latest' (the default), or the name of a folder among the run's checkpoints. */
  readonly checkpoint?: string;
  /** Of the problems on which the two are compared; 0 by default. */
  readonly seed?: number;
}

/** An exported model: which one, and how its files compare with it. */
export interface ExportedModel {
  readonly architecture: string;
  /** Where the run stood. */
  readonly phase: RunStatus['phase'];
  readonly step: number;
  /** Numbers in the model. */
  readonly parameters: number;
  /** Bytes of model.safetensors. */
  readonly bytes: number;
  /** Worked solutions of held-out problems whose log-probabilities were compared. */
  readonly compared: number;
  /** The largest difference of a token's log-probability between the run's policy and the model that was read again, with its own tokenizer. */
  readonly largestDifference: number;
  readonly tolerance: number;
  readonly passed: boolean;
  readonly files: readonly string[];
}

const COMPARED = 32;
const TOLERANCE = 1e-4;

/**
 * Writes the language model of a run in the Hugging Face format: config.json, model.safetensors with adapters merged, tokenizer.json and what belongs to it. Then it reads the folder again, as a stranger would,
 * and compares what the two models think of worked solutions.
 *
 * @throws when there is no such checkpoint, no known architecture has the model's form, or a file cannot be written.
 */
export async function exportModel({ config, folder, to, checkpoint: name = 'latest', seed = 0 }: ExportModelOptions): Promise<ExportedModel> {
  const { snapshot, step } = await chosenCheckpoint(folder, name);
  const parts = runParts(config);
  const { architecture } = parts;
  try {
    if (architecture === undefined) throw new Error('no published architecture has rotary or learned positions, norms and activation as this model has them: only rotary, rmsNorm and swiglu together are those of Llama');
    const reached = reachedIn(snapshot);
    const { phase } = reached.status;
    const { weights, dispose } = await storedPolicy(parts, config, reached);
    try {
      const written = await write(parts, architecture, weights, to);
      const largestDifference = await compare(parts, weights, to, Rng.fromSeed(seed).foldIn('export'));
      return { ...written, architecture, phase, step, compared: COMPARED, largestDifference, tolerance: TOLERANCE, passed: largestDifference <= TOLERANCE };
    } finally {
      dispose();
    }
  } finally {
    parts.dispose();
  }
}

async function write({ policy, tokenizer, merged, tokenizerFiles }: RunParts, architecture: NonNullable<RunParts['architecture']>, weights: Tree, to: string): Promise<Pick<ExportedModel, 'parameters' | 'bytes' | 'files'>> {
  const { parameters, dispose } = merged(weights);
  const { config, arrays, metadata } = await transformerToCheckpoint({ architecture, options: policy.model.form, parameters }).finally(dispose);
  const model = encodeSafetensors(arrays, metadata);
  const contents = { 'model.safetensors': model, ...tokenizerFiles() };
  makeFolder(to);
  writeJson(join(to, 'config.json'), { ...config, eos_token_id: tokenizer.eos });
  for (const [name, bytes] of Object.entries(contents)) writeBytes(join(to, name), bytes);
  return { parameters: Object.values(arrays).reduce((sum, { data }) => sum + data.length, 0), bytes: model.length, files: ['config.json', ...Object.keys(contents)].map((name) => join(to, name)) };
}

/** The largest difference between the run's policy and the model in a folder, over the tokens of worked solutions. */
async function compare({ policy, task, tokenizer, room }: RunParts, weights: Tree, folder: string, rng: Rng): Promise<number> {
  const read = pretrainedModel(folder);
  try {
    const asked = problems(task, COMPARED, rng, { split: 'heldOut', distinct: false });
    const batchOf = ({ encode, eos }: RunParts['tokenizer']): HostBatch => tokenRollout(asked.map(({ prompt, solution }) => ({ prompt: encode(prompt), tokens: [...encode(solution), eos] })), room);
    // Compiled: kernel by kernel, a large model would take minutes.
    const logProbs = async (model: TokenModel, trained: Tree, { tokens, mask, written }: HostBatch): Promise<Float32Array> => {
      const score = compile((weights: Tree, batch: Record<'tokens' | 'mask' | 'written', tf.Tensor>) => ({ logProb: completionScores(model, weights, batch, { newTokens: room.newTokens, temperature: 1 }).logProb }));
      try {
        return ((await score(trained, { tokens, mask, written })).logProb.toHost() as NdArray<'float32'>).data;
      } finally {
        await score.dispose();
      }
    };
    const own = await logProbs(policy, weights, batchOf(tokenizer));
    const again = await logProbs(wholeModel(causalTransformer(read.options)), read.parameters as Tree, batchOf(read.tokenizer));
    return own.reduce((most, value, i) => Math.max(most, Math.abs(value - again[i])), 0);
  } finally {
    disposeTree(read.parameters as Tree);
  }
}
