import { repairMethods } from './ops/repairMethods.js';
import { repairGradients } from './repairGradients.js';
import * as tf from './tensorflow.js';

tf.enableProdMode();
repairGradients();
repairMethods();

/**
 * TensorFlow.js with its gradients repaired. Import it from here and nowhere else:
 * the plain package differentiates several operations wrongly (see {@link repairGradients}).
 */
export { tf };
