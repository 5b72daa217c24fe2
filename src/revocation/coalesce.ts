/** Shares one running task among all who ask for the same key while it runs. */
export interface Coalescer<Value> {
  run(key: string, task: () => Promise<Value>): Promise<Value>;
  isRunning(key: string): boolean;
  /** How many callers were served by another caller's task. */
  readonly shared: number;
}

export function createCoalescer<Value>(): Coalescer<Value> {
  const running = new Map<string, Promise<Value>>();
  let shared = 0;
  return {
    run(key, task) {
      const existing = running.get(key);
      if (existing !== undefined) {
        shared += 1;
        return existing;
      }
      const promise = task().finally(() => running.delete(key));
      running.set(key, promise);
      return promise;
    },
    isRunning: (key) => running.has(key),
    get shared() {
      return shared;
    },
  };
}
