import type { App } from './app.js';
import { llmReasoning } from './llmReasoning.js';
import { roboticsControl } from './roboticsControl.js';

/** The apps that `run` knows; the first is the default. */
export const apps: { readonly [name: string]: App } = { 'robotics-control': roboticsControl, 'llm-reasoning': llmReasoning };
