export type { DecodeOptions, Tokenizer } from './tokenizers/tokenizer.js';
export { charTokenizer } from './tokenizers/charTokenizer.js';
export { wordTokenizer } from './tokenizers/wordTokenizer.js';
export type { SymbolTokenizer, SymbolTokenizerOptions } from './tokenizers/symbolTokenizer.js';
export { jsonTokenizer } from './tokenizers/jsonTokenizer.js';
export type { JsonTokenizer, JsonTokenizerFiles } from './tokenizers/jsonTokenizer.js';
export { chatTemplate } from './tokenizers/chatTemplate.js';
export type { ChatMessage, ChatTemplate, RenderOptions } from './tokenizers/chatTemplate.js';
