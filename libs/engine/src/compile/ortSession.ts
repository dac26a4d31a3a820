import type { Device } from './chosenDevice.js';
import type { BufferArray } from './packed.js';
import type { Feeds, LoadedModel, Session } from './runtime.js';

/** What both packages of ONNX Runtime offer. */
export type Ort = Pick<typeof import('onnxruntime-node'), 'InferenceSession' | 'Tensor' | 'env'>;

/** ONNX Runtime takes no shared memory, in which results of the worker lie. */
const unshared = (data: BufferArray): BufferArray => (data.buffer instanceof ArrayBuffer ? data : data.slice());

/** Loads a model in this thread. */
export async function ortSession(ort: Ort, { model, captured }: LoadedModel, options: object, device: Device): Promise<Session> {
  const session = await ort.InferenceSession.create(model, options);
  const tensorsOf = (feeds: Feeds) => Object.fromEntries(Object.entries(feeds).map(([name, { spec, data }]) => [name, new ort.Tensor(spec.dtype as 'float32', unshared(data) as Float32Array, spec.shape)]));
  const always = tensorsOf(captured);
  return {
    device,
    async run(feeds) {
      const results = await session.run({ ...always, ...tensorsOf(feeds) });
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as BufferArray]));
    },
    dispose: () => session.release(),
  };
}
