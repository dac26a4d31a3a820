import { host } from '../backends/loadBackend.js';

const devices = ['cpu', 'webgpu', 'cuda'] as const;

/** What ONNX Runtime computes on. */
export type Device = (typeof devices)[number];

/**
 * The device that was asked for: by the option, by the environment variable RIVULET_DEVICE, or else the CPU.
 * @throws when no device has that name.
 */
export function chosenDevice(option: string | undefined): Device {
  const name = option ?? (host.process?.env?.RIVULET_DEVICE || 'cpu');
  const device = devices.find((each) => each === name);
  if (device === undefined) throw new Error(`compile: no device is named '${name}' (from ${option === undefined ? 'RIVULET_DEVICE' : "the option 'device'"}); the names are ${devices.join(', ')}`);
  return device;
}
