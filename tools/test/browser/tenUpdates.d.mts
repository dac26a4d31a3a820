import type { CompileOptions } from '@rivulet/engine';

/** What ten updates came to. */
export interface TenUpdates {
  readonly calls: readonly number[];
  readonly loop: readonly number[];
  readonly how: readonly string[];
  readonly warnings: readonly string[];
}

export function tenUpdates(options: CompileOptions): Promise<TenUpdates>;
