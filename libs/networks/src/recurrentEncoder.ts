import { tf } from '@rivulet/engine';
import { checkLastAxis } from './checkLastAxis.js';
import { gruCell } from './gruCell.js';
import { lstmCell } from './lstmCell.js';
import type { Module } from './module.js';
import type { RecurrentParameters } from './recurrentParameters.js';

/** What a {@link recurrentEncoder} reads. */
export interface RecurrentInput {
  /** [B, T, in] */
  readonly input: tf.Tensor;
  /** [B, S], the state before the first step. Default: zeros. */
  readonly state?: tf.Tensor;
  /** [B, T], 1 where a step is the first of an episode: it starts from the zero state. Default: none is. */
  readonly reset?: tf.Tensor;
}

/** What a {@link recurrentEncoder} returns. */
export interface RecurrentOutput {
  /** [B, T, hidden] */
  readonly output: tf.Tensor;
  /** [B, S], the state after the last step, to go on from. */
  readonly state: tf.Tensor;
}

export interface RecurrentEncoderOptions {
  readonly in: number;
  readonly hidden: number;
  /** Default: gru. The state has S = hidden entries for a GRU, 2·hidden for an LSTM. */
  readonly cell?: 'gru' | 'lstm';
}

/** Encodes sequences by a GRU or an LSTM. Two halves of a sequence, the second from the first one's state, give the same as the whole. */
export function recurrentEncoder(options: RecurrentEncoderOptions): Module<RecurrentInput, RecurrentOutput, RecurrentParameters> {
  const cell = options.cell === 'lstm' ? lstmCell(options) : gruCell(options);
  return {
    init: (rng) => cell.init(rng),
    apply: (parameters, { input, state, reset }) =>
      tf.tidy(() => {
        checkLastAxis(input, options.in, 'recurrentEncoder');
        if (input.rank !== 3) throw new Error(`recurrentEncoder: the input should be [B, T, in], got [${input.shape.join(', ')}]`);
        const gates = tf.unstack(cell.project(parameters, input), 1);
        const keep = reset === undefined ? undefined : tf.split(tf.sub(1, tf.cast(reset, 'float32')), gates.length, 1);
        let current: tf.Tensor = state ?? tf.zeros([input.shape[0], cell.stateSize]);
        const outputs = gates.map((gate, t) => {
          current = cell.step(parameters, gate, keep === undefined ? current : current.mul(keep[t]));
          return cell.output(current);
        });
        return { output: tf.stack(outputs, 1), state: current };
      }),
  };
}
