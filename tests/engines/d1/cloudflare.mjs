// What a Python Worker lives in, under Node: workerd's own D1, and CPython in Pyodide with Cloudflare's SDK.
import { createServer } from 'node:http';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const checkout = resolve(here, '../../..');

// The packages are not beside this file, where an import would look for them.
const installation = (path) => import(pathToFileURL(resolve(checkout, '.tools/d1/node_modules', path)));
const { unstable_getMiniflareWorkerOptions } = await installation('wrangler/wrangler-dist/cli.js');
const { Miniflare, convertV4MiniflareOptions } = await installation('miniflare/dist/src/index.js');
const { loadPyodide } = await installation('pyodide/pyodide.mjs');

// The binding's own methods are workerd's; these carry a statement there by one request. Through wrangler's
// `getPlatformProxy`, each touch of an object would be a synchronous round trip, and the SDK touches an object many
// times. The SDK tells bindings by these very names.
class D1PreparedStatement {
  constructor(database, sql, values = []) { Object.assign(this, { database, sql, values }); }
  bind(...values) { return new D1PreparedStatement(this.database, this.sql, values); }
  run() { return this.database.ask('run', [this]); }
  all() { return this.database.ask('all', [this]); }
  raw(options) { return this.database.ask('raw', [this], options); }
  first(column) { return this.database.ask('first', [this], column); }
}
class D1Database {
  constructor(url, binding) { Object.assign(this, { url, binding }); }
  prepare(sql) { return new D1PreparedStatement(this, sql); }
  batch(statements) { return this.ask('batch', statements); }
  async ask(method, asked, argument) {
    const statements = asked.map(({ sql, values }) => ({ sql, values: values.map(bindable) }));
    const body = JSON.stringify({ binding: this.binding, method, argument, statements });
    const { value, error } = await (await fetch(this.url, { method: 'POST', body })).json();
    if (error !== undefined) throw new Error(error);
    return value;
  }
}

// JSON would make something else of what D1 does not bind, and D1 would bind that.
function bindable(value) {
  if (value === null || typeof value === 'string' || Number.isFinite(value)) return value;
  throw new Error(`D1_TYPE_ERROR: Type '${typeof value}' not supported for value '${value}'`);
}

// The variables and databases of wrangler.toml, with their data in the folder `persist` or in memory.
export async function bindings(persist) {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(resolve(checkout, 'wrangler.toml'));
  const { bindings: variables, compatibilityDate, d1Databases } = workerOptions;
  const scriptPath = resolve(here, 'database.js');
  const workerd = new Miniflare(convertV4MiniflareOptions({
    modules: true, scriptPath, compatibilityDate, d1Databases, resourcePersistencePath: persist,
    host: '127.0.0.1', port: 0, cf: false,
  }));
  const url = await workerd.ready;
  const databases = Object.keys(d1Databases).map((name) => [name, new D1Database(url, name)]);
  return { env: { ...variables, ...Object.fromEntries(databases) }, dispose: () => workerd.dispose() };
}

// Python with `folders` of the checkout below /session, of which `importable` are looked for modules in, and with the
// modules that a Worker's runtime gives the SDK.
export async function python(env, folders, importable) {
  const runtime = await loadPyodide({ env: { HOME: '/', PYTHONDONTWRITEBYTECODE: '1' } });
  for (const folder of [...folders, '.tools/d1/python']) {
    runtime.FS.mkdirTree(`/session/${folder}`);
    runtime.mountNodeFS(`/session/${folder}`, resolve(checkout, folder));
  }
  const path = [...importable, '.tools/d1/python'].map((folder) => `/session/${folder}`);
  runtime.registerJsModule('_cloudflare_compat_flags', {
    python_request_headers_preserve_commas: true, python_workflows_implicit_dependencies: true,
  });
  runtime.registerJsModule('_pyodide_entrypoint_helper', {
    cloudflareWorkersModule: { env, waitUntil: () => {} }, cloudflareSocketsModule: {},
    doAnImport: (name) => import(name), patchWaitUntil: () => {},
  });
  runtime.runPython(`import sys; sys.path[:0] = ${JSON.stringify(path)}`);
  return runtime;
}

// Answer HTTP requests on a port of the loopback address until SIGTERM: `answer` gets one with its body, as a Buffer.
export function serve(port, answer, dispose) {
  const server = createServer(async (request, response) => {
    try {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      await answer(request, Buffer.concat(chunks), response);
    } catch (error) {
      console.error(error);
      response.writeHead(500).end(String(error));
    }
  });
  server.keepAliveTimeout = 600_000; // a client that is about to ask must not meet a connection that is being closed
  server.listen(port, '127.0.0.1');
  process.once('SIGTERM', async () => {
    server.close();
    await dispose();
    process.exit(0);
  });
}
