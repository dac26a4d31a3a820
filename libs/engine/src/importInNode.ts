/**
 * Imports a module that only Node has. Its name is not written where `import` is, so that bundlers for browsers, where it is never called, do not insist on finding it.
 * @throws when there is no such module.
 */
export async function importInNode<M>(name: string): Promise<M> {
  return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as M;
}
