// Ten updates on the device of the argument, and a gradient that ONNX Runtime's WebGPU once had wrong; in a process of their own: Vulkan reads its environment when it starts.
import { compile, Rng, tf } from '@rivulet/engine';
import { tenUpdates } from './tenUpdates.mjs';

const device = process.argv[2];
const updates = await tenUpdates({ device });

/** The gradient of a filter that is as wide as its input, which is padded behind. */
const gradient = (x, filter) => ({ filter: tf.grad((f) => tf.conv1d(x, f, 1, 'same').square().sum())(filter) });
const inputs = [Rng.fromSeed(1).normal([1, 4, 2]), Rng.fromSeed(2).normal([2, 2, 2])];
const [there, here] = await Promise.all([compile(gradient, { device }), compile(gradient)].map(async (f) => (await f(...inputs)).filter.toHost().data));
process.stdout.write(JSON.stringify({ ...updates, convolution: { there: [...there], here: [...here] } }));
