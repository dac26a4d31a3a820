import { readJson, type RunFolder } from '@rivulet/tracking';
import { apps } from './apps.js';

/** The name of the app whose run a folder holds; that of the default app where its config does not tell. */
export function ownerOf(folder: RunFolder): string {
  const stored = { ...(readJson(folder.config) as object | null) };
  return Object.keys(apps).find((name) => apps[name].owns(stored)) ?? Object.keys(apps)[0];
}
