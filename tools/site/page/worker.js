// The page's worker.  The page sends the files first, as text in base 64; then questions to the kernel,
// which are answered in their order.
"use strict";

// Pyodide wants a worker that is a module, and a page opened from a file can have none.  All that it
// would miss is `import`, which this worker has; so it is to find no sign of the other kind.
self.importScripts = () => {
  throw new Error("nothing is loaded by name here");
};

// Nothing is fetched: whatever Pyodide asks for is among the files.
const BASE = "https://page.invalid/";
const TYPES = { wasm: "application/wasm", json: "application/json" };
let files = new Map();
let kernel;

self.fetch = async (address) => {
  const name = String(address).slice(BASE.length);
  if (!files.has(name)) throw new Error(`${address} is not among the page's files`);
  const type = TYPES[name.split(".").pop()] ?? "application/octet-stream";
  return new Response(files.get(name), { headers: { "Content-Type": type } });
};

function decoded(text) {
  const found = atob(text);
  const bytes = new Uint8Array(found.length);
  for (let at = 0; at < found.length; at += 1) bytes[at] = found.charCodeAt(at);
  return bytes;
}

function load(name) {
  const script = new Blob([files.get(name)], { type: "text/javascript" });
  return import(URL.createObjectURL(script));
}

async function start(texts) {
  files = new Map(Object.entries(texts).map(([name, text]) => [name, decoded(text)]));
  const { default: createPyodideModule } = await load("pyodide.asm.mjs");
  const { loadPyodide } = await load("pyodide.mjs");
  const lock = new TextDecoder().decode(files.get("pyodide-lock.json"));
  const pyodide = await loadPyodide({
    indexURL: BASE, createPyodideModule, lockFileContents: JSON.parse(lock),
  });
  for (const [name, bytes] of files) {
    if (name.endsWith(".whl")) pyodide.unpackArchive(bytes, "wheel");
  }
  pyodide.unpackArchive(files.get("standing.zip"), "zip", { extractDir: "/home/pyodide" });
  files.clear();
  kernel = pyodide.runPython(
    "import json\nfrom kernel import Kernel\nkernel = Kernel()\n"
    + "lambda asked: json.dumps(kernel.ask(*json.loads(asked)))",
  );
}

self.onmessage = async ({ data: { number, texts, asked } }) => {
  try {
    if (texts) await start(texts);
    const answer = asked ? JSON.parse(kernel(JSON.stringify(asked))) : {};
    self.postMessage({ number, answer });
  } catch (error) {
    self.postMessage({ number, failed: String(error.message ?? error) });
  }
};
