import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The chat template of a model's folder: the file chat_template.jinja, or the entry of tokenizer_config.json, of several the one named 'default'. */
export function readTemplate(folder: string, settings: { readonly [key: string]: unknown }): string | undefined {
  const file = join(folder, 'chat_template.jinja');
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const entry = settings['chat_template'];
  if (Array.isArray(entry)) return (entry as { readonly name: string; readonly template: string }[]).find(({ name }) => name === 'default')?.template;
  return typeof entry === 'string' ? entry : undefined;
}
