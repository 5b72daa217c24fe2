/** What a load gave: how many a second, and how long one took. */
export interface LoadResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/** Runs `work` with `parallel` at once for `seconds`, after a warm-up of a quarter of that; `warm` is called between. */
export async function load(work: (turn: number) => Promise<unknown>, parallel: number, seconds: number, warm?: () => Promise<unknown>): Promise<LoadResult> {
  await run(work, parallel, seconds / 4);
  await warm?.();
  return run(work, parallel, seconds);
}

async function run(work: (turn: number) => Promise<unknown>, parallel: number, seconds: number): Promise<LoadResult> {
  const durations: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1000;
  let turn = 0;
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (performance.now() < end) {
        const begun = performance.now();
        turn += 1;
        await work(turn);
        durations.push(performance.now() - begun);
      }
    }),
  );
  const elapsed = (performance.now() - started) / 1000;
  durations.sort((a, b) => a - b);
  const at = (share: number): number => durations[Math.min(durations.length - 1, Math.floor(durations.length * share))] ?? 0;
  return { perSecond: durations.length / elapsed, p50: at(0.5), p99: at(0.99), count: durations.length };
}
