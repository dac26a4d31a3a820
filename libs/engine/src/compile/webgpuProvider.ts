/**
 * WebGPU, computing convolutions in the layout of ONNX. In its own layout, NHWC, ONNX Runtime 1.30 forgets the padding behind an image that is as large as the kernel: wrong numbers, without an
 * error.
 */
export const webgpuProvider = { name: 'webgpu', preferredLayout: 'NCHW' } as const;
