// Serve the methods of the real stores on D1: node stores.mjs <port> [folder that keeps the data]
import { bindings, python, serve } from './cloudflare.mjs';

const [port, persist] = process.argv.slice(2);
const { env, dispose } = await bindings(persist);
const runtime = await python(env, ['layers/togglebox', 'tests'], ['layers/togglebox', 'tests/engines/d1', '']);
const answer = runtime.pyimport('stores').serving(env);

serve(Number(port), async (request, body, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(await answer(body.toString()));
}, dispose);
