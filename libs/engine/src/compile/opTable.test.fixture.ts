import { backendNames } from '../backends/loadBackend.js';
import type { Case } from '../gradients/opCases.test.fixture.js';
import { type Engine, engines, type Mark, type Observation, parts } from './observe.test.fixture.js';

/** An op in one of its forms, and what was seen of it. */
export interface Seen {
  readonly test: Case;
  readonly seen: Observation;
}

const opOf = ({ name }: Case): string => (name.startsWith('einsum') ? 'einsum' : name.split(/[,(]/)[0]);

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const inWords = (mark: Mark): string => ({ equal: '✓', none: '–' })[mark] ?? mark;

/** What holds for all the forms, or how many of them each mark holds for. */
function cell(marks: readonly Mark[]): string {
  const counts = grouped(marks, (mark) => mark);
  if (counts.size === 1) return inWords(marks[0]);
  return [...counts].map(([mark, all]) => `${inWords(mark)} ${all.length} of ${marks.length}`).join('; ');
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const ruler = (columns: number): string => `|${'---|'.repeat(columns)}`;

function opRow(op: string, forms: readonly Seen[]): string {
  const cells = parts.flatMap((part) =>
    engines.map((engine) => {
      const marks = forms.map(({ seen }) => seen.marks[engine][part]);
      return engine === 'cpu' && part === 'value' && marks.every((mark) => mark === 'equal') ? 'ref' : cell(marks);
    }),
  );
  return row([op, forms.length, ...cells]);
}

/** A kernel works where one of the results that it takes part in is right; otherwise the first reason why there was none. */
function kernelCell(kernel: string, marks: readonly Mark[]): string {
  const own = marks.find((mark) => mark === `no ${kernel}` || mark === `eager: ${kernel}`);
  if (own !== undefined) return own.startsWith('no') ? 'no' : 'eager';
  if (marks.includes('differs') && marks.includes('equal')) return '(✓)';
  return inWords(marks.includes('equal') ? 'equal' : marks[0]);
}

function kernelRow(kernel: string, all: readonly Seen[]): string {
  const uses = all.flatMap(({ test, seen }) => parts.filter((part) => seen.kernels[part].includes(kernel) && seen.marks.cpu[part] === 'equal').map((part) => ({ op: opOf(test), part, seen })));
  const ops = [...new Set(uses.map(({ op }) => op))];
  const marksOf = (engine: Engine): Mark[] => uses.map(({ part, seen }) => seen.marks[engine][part]);
  return row([kernel, ...engines.map((engine) => kernelCell(kernel, marksOf(engine))), `${ops.slice(0, 4).join(', ')}${ops.length > 4 ? ` and ${ops.length - 4} more` : ''}`]);
}

/** The table as a page of Markdown. */
export function opTable(all: readonly Seen[], allKernels: readonly string[]): string {
  const reached = new Set(all.flatMap(({ seen }) => parts.flatMap((part) => (seen.marks.cpu[part] === 'equal' ? seen.kernels[part] : []))));
  const kernels = [...allKernels].sort();
  const run: readonly string[] = engines;
  return `# Ops: what each can do, and where

Written by the test [everyOp.test.ts](src/compile/everyOp.test.ts), which fails when it sees something else; to write it anew, run \`npx vitest run src/compile/everyOp.test.ts -u\` in this folder.
No cell is filled in by hand. Eager backends that the test ran: ${backendNames.filter((name) => run.includes(name)).join(', ')}. Not run: ${backendNames.filter((name) => !run.includes(name)).join(', ')}.

An op is tried in one or more forms (shapes, axes, broadcasts, options). Of each form three things are computed by each engine: the value y; the gradient of L = Σ w·(y + y²/2); and the product of L's
Hessian with a vector. The gradients and products of the cpu backend are compared with five-point finite differences (tolerance 3e-4, relative to 1 + |expected|); everything of wasm and of the compiled
graphs (ONNX Runtime on the processor) with the cpu backend (tolerance 2e-5). The values of the cpu backend, *ref*, are what the others are compared with.

- ✓: equal in every form. *n of m*: in so many forms only. *differs*: computed, and wrong.
- –: it has no derivative, in any engine.
- *no X*: the backend lacks the kernel X. *fails*: another error.
- *eager: X*: has no compiled form because of X; \`compile\` warns once and runs the whole function eagerly.

## Ops

${row(['op', 'forms', ...parts.flatMap((part) => engines.map((engine) => `${{ value: 'value', gradient: '∇', second: '∇²v' }[part]} ${engine}`))])}
${ruler(2 + parts.length * engines.length)}
${[...grouped(all, ({ test }) => opOf(test))].map(([op, forms]) => opRow(op, forms)).join('\n')}

## Kernels

Every kernel of the cpu backend that a right result above was computed with, forward or in a derivative. ✓: such results are right in the engine too. (✓): some are right, some wrong, by this
kernel or by another. *no*: the backend lacks it. *eager*: it has no compiled form. Other words say what kept the engine from getting as far.

${row(['kernel', ...engines, 'reached by'])}
${ruler(2 + engines.length)}
${kernels.filter((kernel) => reached.has(kernel)).map((kernel) => kernelRow(kernel, all)).join('\n')}

Not reached by any: ${kernels.filter((kernel) => !reached.has(kernel)).join(', ')}.
`;
}
