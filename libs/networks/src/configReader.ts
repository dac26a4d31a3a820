import type { CheckpointConfig } from './checkpointLayout.js';

/** Checked access to the values of a config; null counts as absent. */
export interface ConfigReader {
  /** @throws when there is neither a number nor a default. */
  number(key: string, otherwise?: number): number;
  flag(key: string, otherwise: boolean): boolean;
  /** @throws when the value, or where there is none the default, is not one of the known. */
  oneOf<T extends string>(key: string, known: readonly T[], otherwise: T): T;
  /** @throws when the value is there, and not the one that is supported. */
  only(key: string, supported: string | number | boolean): void;
}

export function configReader(config: CheckpointConfig): ConfigReader {
  const fail = (key: string, what: string): never => {
    throw new Error(`transformerFromCheckpoint: ${key} of the config should be ${what}, got ${JSON.stringify(config[key])}`);
  };
  return {
    number: (key, otherwise) => {
      const value = config[key] ?? otherwise;
      return typeof value === 'number' ? value : fail(key, 'a number');
    },
    flag: (key, otherwise) => {
      const value = config[key] ?? otherwise;
      return typeof value === 'boolean' ? value : fail(key, 'true or false');
    },
    oneOf: (key, known, otherwise) => {
      const value = config[key] ?? otherwise;
      return known.find((each) => each === value) ?? fail(key, known.join(' or '));
    },
    only: (key, supported) => {
      if ((config[key] ?? supported) !== supported) fail(key, `${supported}, which is all that is supported`);
    },
  };
}
