import os from 'node:os';

/** One line about where the numbers come from. */
export function machine() {
  const cpus = os.cpus();
  return `${cpus[0]?.model.trim() ?? 'unknown processor'}, ${cpus.length} cores, Node ${process.version}, ${os.platform()} ${os.arch()}`;
}
