import type { Storage } from "../storage/index.ts";

/** Receivers that are waited for at once. Any more do not wait. */
const maximumWaiting = 1000;
/** Milliseconds between looks at the queues: another process may have filled them. */
const betweenLooks = 500;

/**
 * Where polls wait for something to tell: one look at the queues serves all of them. One waits a stream:
 * who comes after ends the wait of who came before.
 * @param ending ends all waits when it aborts; from then on nobody waits.
 */
export function createWaitingRoom({ read }: Pick<Storage, "read">, ending?: AbortSignal): { wait(streamId: string, milliseconds: number, gone: AbortSignal): Promise<void> } {
  /** By stream, what ends the wait. */
  const waiting = new Map<string, () => void>();
  let timer: NodeJS.Timeout | undefined;

  const endAll = (): void => {
    for (const end of waiting.values()) end();
  };
  ending?.addEventListener("abort", endAll, { once: true });

  const look = async (): Promise<void> => {
    timer = undefined;
    try {
      for (const id of await read.queues.pollStreams()) waiting.get(id)?.();
    } catch {
      // Whoever waits finds out for itself what is wrong.
      endAll();
    }
    if (waiting.size > 0) lookSoon();
  };
  const lookSoon = (): void => {
    timer ??= setTimeout(() => void look(), betweenLooks);
  };

  return {
    wait: async (streamId, milliseconds, gone) => {
      waiting.get(streamId)?.();
      if (gone.aborted || ending?.aborted === true || waiting.size >= maximumWaiting) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(streamId, resolve);
      const longest = setTimeout(resolve, milliseconds);
      gone.addEventListener("abort", () => resolve(), { once: true });
      lookSoon();
      await promise;
      clearTimeout(longest);
      if (waiting.get(streamId) === resolve) waiting.delete(streamId);
    },
  };
}
