import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';
import { boundaries } from './tools/lint/boundaries.mjs';

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', 'docs/api/**', '**/vitest.config.ts', 'vitest.shared.ts'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { allow: [], enforceBuildableLibDependency: false, depConstraints: boundaries }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      // A leading underscore says: here for its place, not for its value.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': 'error',
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Pass an Rng: every draw must follow from a seed.' }],
    },
  },
  {
    // One seam to TensorFlow.js: the engine repairs its gradients before anyone uses them.
    files: ['libs/**/*.ts', 'apps/**/*.ts'],
    ignores: ['libs/engine/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: ['@tensorflow/*'], message: "Import { tf } from '@rivulet/engine': its gradients are repaired there." }] }],
    },
  },
);
