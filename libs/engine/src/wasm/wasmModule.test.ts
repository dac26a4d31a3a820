import { describe, expect, it } from 'vitest';
import { op } from './op.js';
import { wasmFunction } from './wasmFunction.js';
import { wasmHost, type WasmHost } from './wasmHost.js';
import { wasmModule } from './wasmModule.js';

const host = wasmHost() as WasmHost;
const { add, get, int, set } = op;

function instance(...functions: Parameters<typeof wasmModule>[0]) {
  const memory = new host.Memory({ initial: 1, maximum: 1 });
  const { exports } = new host.Instance(new host.Module(wasmModule(functions)), { env: { memory } });
  return { numbers: new Float32Array(memory.buffer), ints: new Int32Array(memory.buffer), call: exports as { [name: string]: (...values: number[]) => void } };
}

describe('wasmModule', () => {
  it('is the bytes that the specification asks for', () => {
    // (module (import "env" "memory" (memory 1)) (func (export "f") (param i32)))
    const [magic, types] = [[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], [1, 5, 1, 0x60, 1, 0x7f, 0]];
    const imports = [2, 15, 1, 3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2, 0, 1];
    const rest = [3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 10, 4, 1, 2, 0, 0x0b];
    expect([...wasmModule([{ name: 'f', body: wasmFunction(1, () => []) }])]).toEqual([...magic, ...types, ...imports, ...rest]);
  });

  it('runs four lanes at once and calls functions by number', () => {
    const double = wasmFunction(1, (_, address) => [op.store4(get(address), op.multiply4(op.load4(get(address)), op.const4(2)))]);
    const twice = wasmFunction(1, (locals, address) => {
      const times = locals.int();
      return [op.repeat([op.call(0, get(address)), set(times, add(get(times), int(1)))], op.lessThan(get(times), int(2)))];
    });
    const { numbers, call } = instance({ body: double }, { name: 'twice', body: twice });
    numbers.set([1, 2.5, -3, Infinity, 7]);
    call.twice(0);
    expect([...numbers.subarray(0, 5)]).toEqual([4, 10, -12, Infinity, 7]);
  });

  it.each([
    ['min4', [NaN, 1, 1, -1]],
    ['max4', [NaN, 1, 2, 1]],
  ] as const)('%s keeps a NaN on the left', (name, expected) => {
    const body = wasmFunction(0, () => [op.store4(int(0), op[name](op.load4(int(0)), op.const4(1)))]);
    const { numbers, call } = instance({ name: 'f', body });
    numbers.set([NaN, 1, 2, -1]);
    call.f();
    expect([...numbers.subarray(0, 4)]).toEqual(expected);
  });
});
