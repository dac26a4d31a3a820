import type { Device } from './chosenDevice.js';
import type { OpenSession, Session } from './runtime.js';

/** The errors of ONNX Runtime begin with the place in its sources; what matters comes after. */
const reason = (error: unknown): string => (error as Error).message.replace(/^[\s\S]* was false\. /, '').trim().split('\n')[0];

/**
 * A session on a device, which moves to the CPU when the device is not there, or cannot run the model.
 * @param warn gets the end of a sentence, 'on the CPU, because ...', when it moves.
 * @throws (also the runs) what the CPU throws as well: then the device is not to blame.
 */
export async function withFallback(open: OpenSession, device: Device, warn: (line: string) => void): Promise<Session> {
  let current: Session;
  try {
    current = await open(device);
  } catch (error) {
    const onCpu = await open('cpu');
    warn(`on the CPU, because '${device}' cannot be used: ${reason(error)}`);
    return onCpu;
  }
  let opening: Promise<Session> | undefined;
  const moved = async (from: Session, error: unknown, feeds: Parameters<Session['run']>[0]): ReturnType<Session['run']> => {
    const onCpu = await (opening ??= open('cpu'));
    const results = await onCpu.run(feeds);
    if (current === from) {
      current = onCpu;
      warn(`on the CPU, because '${device}' failed: ${reason(error)}`);
      await from.dispose();
    }
    return results;
  };
  return {
    get device() {
      return current.device;
    },
    run: (feeds) => {
      const from = current;
      return from.device === 'cpu' ? from.run(feeds) : from.run(feeds).catch((error: unknown) => moved(from, error, feeds));
    },
    dispose: async () => {
      const onCpu = await opening?.catch(() => undefined);
      if (current !== onCpu) await current.dispose();
      await onCpu?.dispose();
    },
  };
}
