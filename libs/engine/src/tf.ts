import * as tf from '@tensorflow/tfjs';
import { repairGradients } from './repairGradients.js';

tf.enableProdMode();
repairGradients();

/**
 * TensorFlow.js with its gradients repaired. Import it from here and nowhere else:
 * the plain package differentiates several operations wrongly (see {@link repairGradients}).
 */
export { tf };
