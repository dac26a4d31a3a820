// Writing text: tokens a second of a small transformer with a cache, prompts and log-probabilities included.
import { tokenGenerator } from '@rivulet/algorithms';
import { Rng, tf } from '@rivulet/engine';
import { causalTransformer } from '@rivulet/networks';

const VOCAB = 64;
const PROMPT = 16;
const NEW = 112;

function generate(rows, dim, layers, options = {}) {
  return async () => {
    await tf.setBackend('cpu');
    const model = causalTransformer({ vocab: VOCAB, dim, layers, heads: 4, context: PROMPT + NEW });
    const rng = Rng.fromSeed(1);
    const parameters = model.init(rng);
    const prompts = Array.from({ length: rows }, () => Array.from({ length: PROMPT }, () => rng.nextInt(VOCAB)));
    // No token ends a text, so that every call writes as much.
    const generator = tokenGenerator({ model, rows, promptTokens: PROMPT, newTokens: NEW, eos: -1, block: 16, ...options });
    return {
      call: () => generator.generate(parameters, prompts, rng),
      count: rows * NEW,
      unit: 'tokens',
      close: () => {
        tf.dispose(parameters);
        return generator.dispose();
      },
    };
  };
}

const about = (rows, dim, layers) => `${layers} layers of ${dim}, ${rows} texts of ${PROMPT} + ${NEW} tokens side by side, sampled`;

export const benchmarks = [
  { name: 'generate-1', about: about(1, 128, 4), setup: generate(1, 128, 4) },
  { name: 'generate-32', about: about(32, 128, 4), setup: generate(32, 128, 4) },
  { name: 'generate-256-small', about: about(256, 64, 2), setup: generate(256, 64, 2) },
];
