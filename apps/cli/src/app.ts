import type { RunFolder } from '@rivulet/tracking';
import type { z } from 'zod';
import type { Output } from './output.js';

/** Keys of a config that are flags: those of the config itself, or of an object within it. */
export interface FlagGroup {
  /** The heading in the help. */
  readonly title: string;
  readonly schema: z.ZodObject;
  /** The object within the config; the config itself without it. */
  readonly within?: string;
  /** What the flags begin with: --warm-start-until. */
  readonly prefix?: string;
  /** Values that hold instead of the defaults. */
  readonly preset?: { readonly [key: string]: unknown };
}

/** What every config has. */
export interface AnyConfig {
  readonly seed: number;
  readonly backend: 'auto' | 'tfjs-node-gpu' | 'tfjs-node' | 'webgpu' | 'wasm' | 'cpu';
}

/** What every result has. */
export interface AnyResult {
  readonly stopped: string;
  readonly files: { readonly [name: string]: string };
}

/** What the command tells training. */
export interface TrainOptions<C> {
  readonly config: C;
  readonly folder: RunFolder;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly onStart: () => void;
  readonly progress: Output['progress'];
}

/** An app that `run` starts, as far as its arguments decide: which flags there are, and what is done with them. */
export interface AppRun<C extends AnyConfig = AnyConfig, R extends AnyResult = AnyResult> {
  /** The first one is of the config itself. */
  readonly groups: readonly [FlagGroup, ...FlagGroup[]];
  /** Of the whole config, to explain what is wrong with it. */
  readonly schema: z.ZodObject;
  /** How new folders are named, for the help. */
  readonly folders: string;
  /** What stands at the end of the help. */
  readonly examples: string;
  /** @throws a ZodError when the config is wrong. */
  resolve(input: { readonly [key: string]: unknown }): C;
  /** A new folder's name, but for its number. */
  folderName(config: C): string;
  /** One line about what begins. */
  describe(config: C): string;
  /** @throws when the parts do not go together. */
  check(config: C): void;
  train(options: TrainOptions<C>): Promise<R>;
  /** The result of a finished run. */
  finished(folder: RunFolder): R | undefined;
  /** Tells people what a run came to. */
  report(result: R, output: Output): void;
}

/** An app by name. */
export interface App {
  readonly description: string;
  /** Whether the keys of a config are this app's alone. */
  owns(config: object): boolean;
  /** Starts what the arguments of `run` ask for, through {@link AppRun}. */
  prepare(args: readonly string[]): RunnableApp;
}

/** An {@link AppRun} whose types are its own business. */
export interface RunnableApp {
  readonly groups: AppRun['groups'];
  readonly folders: string;
  readonly examples: string;
  begin(flags: RunFlags, output: Output): Promise<void>;
  goOn(path: string, flags: RunFlags, output: Output): Promise<void>;
}

/** The flags of `run`, whatever the app. */
export interface RunFlags {
  readonly out?: string;
  readonly resume?: string;
  readonly config?: string;
  readonly [key: string]: unknown;
}
