import { TransportError } from "./transport-error.ts";

/** What every method that takes its time can be given. */
export interface Cancellable {
  /** Ends the call with `cancelled`. A command that is on its way may still be carried out. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws TransportError `cancelled` if the caller has cancelled. */
export function refuseIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new TransportError("cancelled");
}

/** What `work` comes to, or `cancelled` as soon as the caller cancels; `work` itself goes on. */
export async function unlessCancelled<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  let cancel = (): void => undefined;
  try {
    return await new Promise<Result>((resolve, reject) => {
      cancel = () => reject(new TransportError("cancelled"));
      if (signal.aborted) cancel();
      signal.addEventListener("abort", cancel);
      work.then(resolve, reject);
    });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
