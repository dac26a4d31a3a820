import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { presetOf } from './presets.js';
import { resolveConfig } from './resolveConfig.js';

describe('resolveConfig', () => {
  it('gives defaults and, over them, the preset of algorithm and environment', () => {
    const config = resolveConfig({});
    expect(config).toMatchObject({ env: 'CartPole-v1', algorithm: 'ppo', seed: 1, backend: 'auto' });
    const preset = presetOf('ppo', 'CartPole-v1');
    expect(Object.keys(preset.settings ?? {}).length).toBeGreaterThan(0);
    expect(config).toMatchObject(preset);
    // No preset here: the algorithm's defaults.
    expect(presetOf('ppo', 'Taxi-v4')).toEqual({});
    expect(resolveConfig({ env: 'Taxi-v4' })).toMatchObject({ untilReturn: 'never', settings: { discount: 0.99, clipRange: 0.2 } });
  });

  it('puts what is given over both, key by key', () => {
    const config = resolveConfig({ untilReturn: 'never', seed: 7, settings: { discount: 0.5 } });
    expect(config).toMatchObject({ untilReturn: 'never', seed: 7, settings: { ...presetOf('ppo', 'CartPole-v1').settings, discount: 0.5 } });
  });

  it('makes nothing else of what it made', () => {
    for (const input of [{}, { algorithm: 'sac', env: 'Pendulum-v1', settings: { hidden: [8] } }, { algorithm: 'dqn' }]) {
      const config = resolveConfig(input);
      expect(resolveConfig(JSON.parse(JSON.stringify(config)) as typeof config)).toEqual(config);
    }
  });

  it('refuses what is unknown or out of range, with the path', () => {
    const paths = (input: { readonly [key: string]: unknown }): unknown => {
      try {
        return resolveConfig(input);
      } catch (error) {
        return (error as z.ZodError).issues.map((issue) => [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys : [])].join('.')).sort();
      }
    };
    expect(paths({ seeed: 1, steps: 0, settings: { tau: 1, hidden: [0] } })).toEqual(['seeed', 'settings.hidden.0', 'settings.tau', 'steps']);
    expect(paths({ algorithm: 'sac', settings: { tau: 2 } })).toEqual(['settings.tau']);
    expect(paths({ algorithm: 'reinforce' })).toEqual(['algorithm']);
    expect(paths({ settings: [] })).toEqual(['settings']);
    expect(paths({ env: 3 })).toEqual(['env']);
  });
});
