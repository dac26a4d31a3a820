import { apps } from './apps.js';
import { namedConfig } from './namedConfig.js';

/** Flags after which a word stands for itself. */
const WITHOUT_VALUE = ['--quiet', '--json', '--debug', '--help', '-h'];

/**
 * The app that the arguments of `run` mean: the one they name, or the owner of the config that they name; the default otherwise.
 * @throws when that config is not JSON.
 */
export function appAmong(args: readonly string[]): string {
  const named = args.find((word, i) => word in apps && (i === 0 || !args[i - 1].startsWith('-') || WITHOUT_VALUE.includes(args[i - 1])));
  if (named !== undefined) return named;
  const config = namedConfig(args);
  return Object.keys(apps).find((name) => apps[name].owns(config)) ?? Object.keys(apps)[0];
}
