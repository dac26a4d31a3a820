import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import { sandbox } from './sandbox.js';

// Time is generous: it must not be what stops code here, on however busy a machine.
const box = sandbox({ timeMs: 60_000, memoryBytes: 8 * 2 ** 20 });
afterAll(() => box.dispose());

const json = async (code: string): Promise<unknown> => {
  const result = await box.run(code);
  if (!result.ok) throw new Error(`${result.fault}: ${result.message}`);
  return JSON.parse(result.json);
};
const fault = async (code: string): Promise<string> => {
  const result = await box.run(code);
  return result.ok ? `ok ${result.json}` : result.fault;
};

describe('sandbox', () => {
  it('gives the last value as JSON', async () => {
    expect(await json('const f = (n) => (n < 2 ? 1 : n * f(n - 1)); f(10)')).toBe(3628800);
    expect(await json('({ a: [1, "é😀", null, true], b: undefined })')).toEqual({ a: [1, 'é😀', null, true] });
    expect(await json('10n ** 20n')).toBe('100000000000000000000');
    for (const code of ['', 'undefined', '() => 1', 'Symbol("a")', 'NaN', 'let x = 5;']) expect(await json(code)).toBe(null);
    expect(await json('(async () => { await null; return [await 1, 2]; })()')).toEqual([1, 2]);
  });

  it('gives what was written, cut', async () => {
    expect(await box.run('console.log("a", 1, { b: [2n] }, undefined); console.error("c"); 7')).toEqual({ ok: true, json: '7', log: 'a 1 {"b":["2"]} undefined\nc\n' });
    expect(await box.run('console.log("before"); throw new Error("x")')).toEqual({ ok: false, fault: 'error', message: 'Error: x', log: 'before\n' });
    const { log } = await box.run('for (let i = 0; i < 1e5; i++) console.log("0123456789".repeat(10));');
    expect(log).toHaveLength(4000);
  });

  it('knows no clock and no chance', async () => {
    const code = '[Date.now(), new Date().toISOString(), Date(), +new Date(2020, 0, 1), new Date("2020-01-01T00:00").getHours(), new Date(0).getTimezoneOffset(), new Date() instanceof Date, new (new Date().constructor)().getTime()]';
    expect(await json(code)).toEqual([0, '1970-01-01T00:00:00.000Z', 'Thu Jan 01 1970 00:00:00 GMT+0000', 1577836800000, 0, 0, true, 0]);
    const draws = 'Array.from({ length: 1000 }, Math.random)';
    const [one, two] = [await box.run(draws), await box.run(draws)];
    expect(one).toEqual(two);
    const first = JSON.parse((await box.run('Array.from({ length: 100 }, Math.random)', { seed: 1 }) as { json: string }).json) as number[];
    expect(first).not.toEqual(JSON.parse((await box.run('Array.from({ length: 100 }, Math.random)', { seed: 2 }) as { json: string }).json));
    expect(first.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(Math.abs(first.reduce((a, b) => a + b, 0) / 100 - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 1200));
  });

  it.each([
    ['an endless loop', 'for (;;);', 'steps'],
    ['a loop that catches', 'for (;;) try { for (;;); } catch { } finally { continue; }', 'steps'],
    ['an endless generator', '[...(function* () { for (;;) yield; })()].length; ', 'steps'],
    ['an endless asynchronous loop', '(async () => { for (;;) await 0; })()', 'steps'],
    ['promises that beget promises', 'const f = () => Promise.resolve().then(f); f()', 'steps'],
    ['an expression that backtracks for ever', '/^(a+)+$/.test("a".repeat(50) + "b")', 'steps'],
    ['a promise that never settles', 'new Promise(() => {})', 'error'],
    ['an endless getter of the result', '({ get a() { for (;;); } })', 'steps'],
    ['an endless toJSON', '({ toJSON() { for (;;); } })', 'steps'],
    ['an error that cannot be written', 'throw { message: { toString() { for (;;); } } }', 'steps'],
    ['an error that fails to be written', 'throw { get message() { throw 1; } }', 'error'],
    ['a proxy without end', 'const p = new Proxy({}, { get: () => p, has: () => { for (;;); } }); throw p', 'steps'],
    ['huge arrays', 'const a = []; for (;;) a.push([..."x".repeat(10000)])', 'memory'],
    ['huge typed arrays', 'new Uint8Array(1e9)', 'memory'],
    ['doubling strings', 'let s = "a"; for (;;) s += s + "b".repeat(1e5)', 'error'],
    ['huge numbers', 'let x = 3n; for (;;) x *= x', 'error'],
    ['recursion', 'const f = () => f() + 1; f()', 'stack'],
    ['nested JSON', 'JSON.parse("[".repeat(1e5))', 'stack'],
    ['nested source', 'eval("(".repeat(5e4))', 'stack'],
    ['nested objects', 'let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; o', 'stack'],
    ['nested groups', 'new RegExp("(".repeat(1e4) + ")".repeat(1e4))', 'error'],
    ['a circular result', 'const o = {}; o.o = o; o', 'error'],
    ['a long result', '"x".repeat(1e6)', 'output'],
    ['no JavaScript', 'if (', 'error'],
    ['a Python program', 'def f(x):\n  return x', 'error'],
    ['NUL and lone surrogates', '"\ud800\u0000" + \u0000', 'error'],
    ['a module', 'import("fs")', 'error'],
    ['null', 'throw null', 'error'],
  ])('stops %s, and goes on', async (_, code, expected) => {
    expect(await fault(code)).toBe(expected);
    expect(await json('6 * 7')).toBe(42);
  });

  it('is the same interpreter for nobody: nothing is left of earlier code', async () => {
    await box.run('globalThis.secret = 1; Array.prototype.map = () => "mine"; JSON.stringify = () => "forged"; Object.prototype.polluted = 1;');
    expect(await json('[typeof secret, [1].map((x) => x + 1), typeof ({}).polluted]')).toEqual(['undefined', [2], 'undefined']);
    // Within one call the guest may forge its own result only by what it could have returned anyway.
    expect(await json('JSON.stringify = () => "forged"; String = 1; [1]')).toEqual([1]);
  });

  it('offers nothing of the host', async () => {
    const names = ['process', 'require', 'module', 'fetch', 'setTimeout', 'setInterval', 'queueMicrotask', 'WebAssembly', 'Worker', 'postMessage', 'parentPort', 'performance', 'Atomics', 'navigator', 'global', 'Buffer', 'std', 'os'];
    expect(await json(`[${names.map((name) => `typeof ${name}`).join()}]`)).toEqual(names.map(() => 'undefined'));
    expect(await json('typeof [].constructor.constructor("return this")().process')).toBe('undefined');
    expect(await json('Object.getOwnPropertyNames(globalThis).filter((name) => /^[a-z]/.test(name)).sort()')).toEqual(['console', 'decodeURI', 'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'eval', 'globalThis', 'isFinite', 'isNaN', 'parseFloat', 'parseInt', 'undefined', 'unescape']);
  });

  it('ends a thread whose interpreter hangs, and takes a new one', async () => {
    const quick = sandbox({ timeMs: 1000 });
    // A search that compares 5e11 characters without ever asking whether to stop.
    expect(await quick.run('"a".repeat(1e6).indexOf("a".repeat(5e5) + "b")')).toEqual({ ok: false, fault: 'time', message: 'more than 1000 ms', log: '' });
    expect(await quick.run('1')).toEqual({ ok: true, json: '1', log: '' });
    await quick.dispose();
  });

  it('stops at the same step every time', async () => {
    const small = sandbox({ steps: 100_000, timeMs: 60_000 });
    expect(await small.run('let n = 0; for (let i = 0; i < 30000; i++) n++; n')).toMatchObject({ ok: true, json: '30000' });
    expect(await small.run('let n = 0; for (let i = 0; i < 80000; i++) n++; n')).toMatchObject({ ok: false, fault: 'steps', message: 'more than 100000 steps' });
    await small.dispose();
  });

  it('runs calls in order, and refuses them once disposed', async () => {
    const own = sandbox({ timeMs: 60_000 });
    const results = await Promise.all(['1', 'for (;;);', '3', '"' + 'x'.repeat(100_000) + '"'].map((code) => own.run(code)));
    expect(results.map((result) => (result.ok ? result.json : result.fault))).toEqual(['1', 'steps', '3', 'input']);
    const pending = own.run('for (;;);');
    const refused = expect(pending).rejects.toThrow(/disposed/);
    await own.dispose();
    await refused;
    await expect(own.run('1')).rejects.toThrow(/disposed/);
  });

  it('names limits that make no sense', () => {
    expect(() => sandbox({ timeMs: 0 })).toThrow(/timeMs must be a positive integer, got 0/);
    expect(() => sandbox({ stackBytes: 2 ** 20 })).toThrow(/stackBytes must be at most 262144/);
  });

  it('does not keep a process alive', () => {
    const built = new URL('../../dist/sandbox/sandbox.js', import.meta.url).href;
    const script = `import { sandbox } from ${JSON.stringify(built)}; const { json } = await sandbox({ timeMs: 60000 }).run('new Date(2020, 0, 1).getTime()'); console.log(json);`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 50_000, env: { ...process.env, TZ: 'Asia/Tokyo' } });
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe('1577836800000');
    expect(status).toBe(0);
  });
});
