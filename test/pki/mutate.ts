/** Damages octets at random, the same way in every run. */

export type Random = () => number;

/** mulberry32: a small generator with a seed. Numbers in [0, 1). */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

type Mutation = (input: Buffer, at: number, random: Random) => Buffer;

const mutations: readonly Mutation[] = [
  // One bit
  (input, at, random) => changed(input, at, (octet) => octet ^ (1 << below(random, 8))),
  // Any other octet
  (input, at, random) => changed(input, at, (octet) => octet ^ (1 + below(random, 255))),
  // Octets of meaning: tags and lengths
  (input, at, random) => changed(input, at, (octet) => [0x00, 0x01, 0x05, 0x30, 0x31, 0x80, 0x84, 0xa0, 0xff][below(random, 9)] ?? octet),
  // Cut, grown, doubled
  (input, at) => input.subarray(0, at),
  (input, at, random) => Buffer.concat([input.subarray(0, at), Buffer.from([below(random, 256)]), input.subarray(at)]),
  (input, at, random) => Buffer.concat([input.subarray(0, at), input.subarray(at + 1 + below(random, 8))]),
  (input, at, random) => {
    const end = at + below(random, 64);
    return Buffer.concat([input.subarray(0, end), input.subarray(at, end), input.subarray(end)]);
  },
];

function changed(input: Buffer, at: number, change: (octet: number) => number): Buffer {
  const copy = Buffer.from(input);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

/** A copy with one to three kinds of damage; by chance it may equal the original. */
export function mutate(original: Uint8Array, random: Random): Buffer {
  let result: Buffer = Buffer.from(original);
  for (let times = 1 + below(random, 3); times > 0 && result.length > 0; times -= 1) {
    const mutation = mutations[below(random, mutations.length)];
    if (mutation !== undefined) result = mutation(result, below(random, result.length), random);
  }
  return result;
}

/**
 * Whether a task ends within so much processor time. A pause for garbage collection is not the task's:
 * it is slow only when it is so three times in a row.
 */
export function endsWithin(milliseconds: number, task: () => void): boolean {
  return [1, 2, 3].some(() => {
    const start = process.cpuUsage();
    task();
    return process.cpuUsage(start).user / 1000 < milliseconds;
  });
}
