import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.ts';

/** A test here starts half a dozen processes, on a machine that may be busy with more. */
export default mergeConfig(shared, { test: { testTimeout: 240_000, hookTimeout: 240_000 } });
