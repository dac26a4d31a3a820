import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { build, type Plugin } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from './browser/findChromium.ts';
import type { PageOptions, PageReport } from './browser/page.ts';
import { type FolderServer, serveFolder } from './browser/serveFolder.ts';
import { type TenUpdates, tenUpdates } from './browser/tenUpdates.mjs';

const root = resolve(import.meta.dirname, '../..');
const folder = join(import.meta.dirname, 'browser');
const executable = findChromium();
const skipped = executable === undefined && process.env.CI !== 'true';
if (skipped) process.emitWarning('browser.test.ts is skipped: no Chromium here. Install it (apt-get install chromium), or set CHROMIUM to the path of a browser.');

// May be started by root in a container, and connects to nothing but localhost.
const common = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const withoutGpu = [...common, '--disable-gpu'];
/** A GPU in software, which comes with Chromium: slow, but it runs the shaders of WebGPU. */
const softwareGpu = [...common, '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
/** Where Debian keeps that GPU, for programs that are not a browser. */
const SOFTWARE_GPU = '/usr/lib/chromium/vk_swiftshader_icd.json';
const PATIENCE = 240_000;

/** Bundles a page or a module into a folder. Returns what our sources would have from Node: some bundlers refuse it, others put something empty in its place. */
async function bundle(input: string, outDir: string): Promise<string[]> {
  const ofNode: string[] = [];
  const watch: Plugin = {
    name: 'watch',
    enforce: 'pre',
    resolveId(id, importer = '') {
      const isOurs = importer.startsWith(join(root, 'libs')) || importer.startsWith(folder);
      if (isOurs && (isBuiltin(id) || id === 'onnxruntime-node')) ofNode.push(`${importer} imports ${id}`);
    },
  };
  await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    plugins: [watch],
    resolve: { conditions: ['@rivulet/source', 'module', 'browser'] },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, minify: false, reportCompressedSize: false, rolldownOptions: { input: join(folder, input) } },
  });
  return ofNode;
}

function near(actual: readonly number[], reference: readonly number[]): void {
  expect(actual).toHaveLength(reference.length);
  actual.forEach((value, i) => expect(Math.abs(value - reference[i]), `number ${i}: ${value} against ${reference[i]}`).toBeLessThanOrEqual(1e-4));
}

describe.skipIf(skipped)('in a browser', () => {
  const site = mkdtempSync(join(tmpdir(), 'rivulet-page-'));
  let server: FolderServer;
  let browser: Browser | undefined;
  let expected: TenUpdates;

  const inPage = async (options: PageOptions, args: readonly string[] = withoutGpu): Promise<{ report: PageReport; errors: string[]; requests: string[] }> => {
    browser = await chromium.launch({ executablePath: executable, args: [...args] });
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    const before = server.requests.length;
    await page.goto(server.url);
    const report = await page.evaluate((given) => (globalThis as unknown as { run(options: PageOptions): Promise<PageReport> }).run(given), options);
    await browser.close();
    return { report, errors, requests: server.requests.slice(before) };
  };

  beforeAll(async () => {
    if (executable === undefined) throw new Error('no Chromium here: install it (apt-get install chromium), or set CHROMIUM to the path of a browser');
    await bundle('index.html', join(site, 'page'));
    server = await serveFolder({ '/': join(site, 'page'), '/onnx/': join(root, 'node_modules/onnxruntime-web/dist') });
    expected = await tenUpdates({});
  }, PATIENCE);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(site, { recursive: true, force: true });
  });

  it('bundlers find nothing of Node in the packages', async () => {
    expect(await bundle('everything.ts', join(site, 'everything'))).toEqual([]);
  }, PATIENCE);

  it('ten compiled updates of PPO give the losses of Node, call by call and as a loop', async () => {
    expect(expected.how).toEqual(['compiled cpu', 'compiled cpu']);
    expect(new Set(expected.calls.map((loss) => loss.toFixed(4))).size).toBe(10);
    const { report, errors, requests } = await inPage({});
    expect([report.warnings, errors]).toEqual([[], []]);
    expect(report.how).toEqual(['compiled cpu', 'compiled cpu']);
    near(report.calls, expected.calls);
    near(report.loop, expected.calls);
    expect(report.curvature).toBeCloseTo(-2 * Math.tanh(0.5) * (1 - Math.tanh(0.5) ** 2), 5);
    expect(requests.filter((path) => path.endsWith('.wasm'))).toHaveLength(1);
  }, PATIENCE);

  it('WebAssembly comes from where setOnnxWasmPaths says', async () => {
    const { report, requests } = await inPage({ wasmPaths: '/onnx/' });
    near(report.calls, expected.calls);
    expect(requests.filter((path) => path.endsWith('.wasm'))).toEqual(['/onnx/ort-wasm-simd-threaded.wasm']);
  }, PATIENCE);

  it('they do so in a Worker of the page', async () => {
    const { report, errors } = await inPage({ inWorker: true });
    expect([report.warnings, errors, report.how]).toEqual([[], [], ['compiled cpu', 'compiled cpu']]);
    near(report.calls, expected.calls);
    near(report.loop, expected.calls);
  }, PATIENCE);

  it('on WebGPU the losses are the same', async () => {
    const { report, errors } = await inPage({ device: 'webgpu' }, softwareGpu);
    expect([report.warnings, errors]).toEqual([[], []]);
    expect(report.how).toEqual(['compiled webgpu', 'compiled webgpu']);
    near(report.calls, expected.calls);
    near(report.loop, expected.calls);
  }, PATIENCE);

  it('without a GPU and asked for a worker thread, it says so once and computes all the same', async () => {
    const { report } = await inPage({ device: 'webgpu', thread: 'worker' });
    near(report.loop, expected.calls);
    expect(report.how).toEqual(['compiled cpu', 'compiled cpu']);
    const lines = ["thread that calls it, because thread: 'worker' is for Node only", "CPU, because 'webgpu' cannot be used: .+"].map((line) => expect.stringMatching(`^compile: update runs on the ${line}$`));
    // Once for the call, once for the loop.
    expect(report.warnings).toEqual(expect.arrayContaining(lines));
    expect(report.warnings).toHaveLength(4);
  }, PATIENCE);

  it.skipIf(executable === undefined || !existsSync(SOFTWARE_GPU))('on WebGPU in Node the losses are the same', () => {
    const env = { ...process.env, VK_ICD_FILENAMES: SOFTWARE_GPU, LD_LIBRARY_PATH: dirname(realpathSync(SOFTWARE_GPU)), XDG_RUNTIME_DIR: tmpdir() };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'inNode.mjs'), 'webgpu'], { cwd: root, env, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const report = JSON.parse(stdout) as TenUpdates & { convolution: { there: number[]; here: number[] } };
    expect(report.warnings).toEqual([]);
    expect(report.how).toEqual(['compiled webgpu', 'compiled webgpu']);
    near(report.calls, expected.calls);
    near(report.loop, expected.calls);
    near(report.convolution.there, report.convolution.here);
  }, PATIENCE);
});
