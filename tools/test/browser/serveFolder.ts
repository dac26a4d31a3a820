import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { AddressInfo } from 'node:net';

const types: { readonly [extension: string]: string } = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/** Files on localhost, the first folder at `/`, the others under their prefix. */
export interface FolderServer {
  readonly url: string;
  /** The paths that were asked for. */
  readonly requests: readonly string[];
  close(): void;
}

/** Serves folders: `{ '/': 'dist', '/onnx/': 'node_modules/onnxruntime-web/dist' }`. */
export async function serveFolder(folders: { readonly [prefix: string]: string }): Promise<FolderServer> {
  const requests: string[] = [];
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    requests.push(path);
    const prefix = prefixes.find((each) => path.startsWith(each)) ?? '/';
    const file = join(folders[prefix], path === '/' ? 'index.html' : path.slice(prefix.length));
    if (!(statSync(file, { throwIfNoEntry: false })?.isFile() ?? false)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests, close: () => server.close() };
}
