import { chooseBackend } from '@rivulet/engine';
import { createRunFolder, openRunFolder, type RunFolder } from '@rivulet/tracking';
import type { AnyConfig, AnyResult, AppRun, RunnableApp } from './app.js';
import { interruptSignal, signalExitCode } from './interruptSignal.js';
import { newFolder } from './newFolder.js';
import type { Output } from './output.js';
import { givenFlags, readConfig, storedConfig } from './readConfig.js';

/** The names of given values: those of the settings alone, those of another object with its name. */
function keysOf({ groups }: Pick<AppRun, 'groups'>, given: { readonly [key: string]: unknown }): string[] {
  return Object.entries(given).flatMap(([key, value]) => {
    const group = groups.find(({ within }) => within === key);
    return group === undefined ? [key] : Object.keys(value as object).map((inner) => (group.prefix === undefined ? inner : `${key}.${inner}`));
  });
}

/** How the runs of an app begin and go on. */
export function runnable<C extends AnyConfig, R extends AnyResult>(app: AppRun<C, R>): RunnableApp {
  const report = (result: R, output: Output): void => {
    app.report(result, output);
    output.json(result);
  };

  const run = async (config: C, openFolder: () => RunFolder, resume: boolean, output: Output): Promise<void> => {
    let chosen = '';
    await chooseBackend({ backend: config.backend, log: (line) => (chosen = line) });
    app.check(config);
    const folder = openFolder();
    const onStart = (): void => {
      output.note(chosen);
      output.note(`${app.describe(config)}; run folder ${folder.path}`);
    };
    const signal = interruptSignal(output.note);
    const result = await app.train({ config, folder, resume, signal, onStart, progress: output.progress });
    report(result, output);
    if (result.stopped === 'interrupted') process.exitCode = signalExitCode(signal.reason as NodeJS.Signals);
  };

  return {
    groups: app.groups,
    folders: app.folders,
    examples: app.examples,
    async begin(flags, output) {
      const config = readConfig(app, flags);
      // The folder comes last, so that a run that cannot work leaves nothing behind.
      await run(config, () => createRunFolder(flags.out ?? newFolder(app.folderName(config))), false, output);
    },
    async goOn(path, flags, output) {
      const { backend, ...others } = givenFlags(app, flags);
      const changed = [...keysOf(app, others), ...(['out', 'config'] as const).filter((key) => flags[key] !== undefined)];
      if (changed.length > 0) throw new Error(`--resume continues a run with its own settings, so ${changed.join(', ')} cannot be given: start a new run instead`);
      const folder = openRunFolder(path);
      const stored = storedConfig(app, folder);
      const finished = app.finished(folder);
      if (finished !== undefined) {
        output.note(`the run in ${path} is finished; its result:`);
        return report(finished, output);
      }
      await run(backend === undefined ? stored : { ...stored, backend: backend as C['backend'] }, () => folder, true, output);
    },
  };
}
