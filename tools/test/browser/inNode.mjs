// Ten updates on the device of the argument, and a convolution that ONNX Runtime's WebGPU has wrong in its own layout; in a process of their own: Vulkan reads its environment when it starts.
import { compile, Rng, tf } from '@rivulet/engine';
import { tenUpdates } from './tenUpdates.mjs';

const device = process.argv[2];
const updates = await tenUpdates({ device });

/** A filter as wide as its input, which is padded behind. */
const convolution = (x, filter) => ({ y: tf.conv1d(x, filter, 1, 'same') });
const inputs = [Rng.fromSeed(1).normal([1, 2, 2]), Rng.fromSeed(2).normal([2, 2, 2])];
const [there, here] = await Promise.all([compile(convolution, { device }), compile(convolution)].map(async (f) => (await f(...inputs)).y.toHost().data));
process.stdout.write(JSON.stringify({ ...updates, convolution: { there: [...there], here: [...here] } }));
