import { tf } from '../../tf.js';
import { TRACING, TracingBackend } from '../tracingBackend.js';
import { elementwise } from './elementwise.js';
import { images } from './images.js';
import { indexing } from './indexing.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import { registerMapping, registerUnmapped } from './register.js';
import { shapes } from './shapes.js';

let backend: TracingBackend | undefined;

/** The tracing backend, registered with all its kernels on first use. */
export function tracingBackend(): TracingBackend {
  if (backend !== undefined) return backend;
  const tracing = new TracingBackend();
  tf.registerBackend(TRACING, () => tracing, 0);
  const mappings = { ...elementwise, ...reductions, ...shapes, ...indexing, ...products, ...images };
  for (const [kernelName, mapping] of Object.entries(mappings)) registerMapping(tracing, kernelName, mapping);
  for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
    if (tf.getKernel(kernelName, TRACING) === undefined) registerUnmapped(tracing, kernelName);
  }
  return (backend = tracing);
}
