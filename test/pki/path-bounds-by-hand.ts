import { fillings, freshSpki, manyKeys, manyPaths, ring, rsaSpkiOf, signatureOf } from "./path-adversary.ts";
import { auditedAlgorithms } from "../../src/pki/algorithm-policy.ts";
import { type PathRequest, validatePath } from "../../src/pki/path.ts";
import { testKey } from "../certificates/keys.ts";

/** `node test/pki/path-bounds-by-hand.ts`: how long the worst requests take, and what they allocate. */

const large = fillings["policies and mappings"] ?? [];
const longest = 2n ** 64n - 1n;
const requests: readonly (readonly [name: string, request: PathRequest])[] = [
  ...Object.entries(fillings).map(([name, filling]) => [`many paths, ${name}`, manyPaths(filling)] as const),
  ["32 authorities that certify each other", ring(large)],
  ["keys of P-256", manyKeys(() => freshSpki("P-256"), { signer: testKey("p256", "nobody") }, large)],
  ["keys of P-384", manyKeys(() => freshSpki("P-384"), { signer: testKey("p384", "nobody") }, large)],
  ["keys of P-521", manyKeys(() => freshSpki("P-521"), { signer: testKey("p521", "nobody") }, large)],
  ...[2048, 4096, 8192].map((bits) => [`keys of RSA-${bits}, exponents of 64 bits`, manyKeys((index) => rsaSpkiOf(bits, longest, index), signatureOf(bits / 8), large)] as const),
];

const repetitions = 8;
for (const [name, request] of requests) {
  const runs = Array.from({ length: repetitions }, () => runOf(request));
  const milliseconds = runs.map((run) => run.milliseconds);
  const [first = 0, ...later] = milliseconds;
  const octets = Math.max(...runs.map((run) => run.octets));
  process.stdout.write(`${name}: first ${first.toFixed(0)} ms, later ${Math.min(...later).toFixed(0)} to ${Math.max(...later).toFixed(0)} ms, ${(octets / 2 ** 20).toFixed(0)} MiB\n`);
}

/** Processor time; what the heap and the buffers grew by, garbage included. */
function runOf(request: PathRequest): { readonly milliseconds: number; readonly octets: number } {
  // Pinned authorities are read once: here they are others each time.
  const trustAnchors = request.trustAnchors.map((der) => der.slice());
  const memory = process.memoryUsage();
  const start = process.cpuUsage();
  validatePath({ ...request, trustAnchors, algorithms: auditedAlgorithms });
  const { user, system } = process.cpuUsage(start);
  const after = process.memoryUsage();
  return { milliseconds: (user + system) / 1000, octets: after.heapUsed + after.arrayBuffers - memory.heapUsed - memory.arrayBuffers };
}
