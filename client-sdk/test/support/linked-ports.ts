import type { MessagePort } from "../../src/transports/message-bridge.ts";

/** Two ends of a bridge; each message arrives a little later, as on a real one. */
export function linkedPorts(): [MessagePort, MessagePort] {
  const listeners = [new Set<(message: string) => void>(), new Set<(message: string) => void>()] as const;
  const end = (own: (typeof listeners)[number], other: (typeof listeners)[number]): MessagePort => ({
    post: (message) => {
      setTimeout(() => {
        for (const listener of other) listener(message);
      });
    },
    onMessage: (listener) => {
      own.add(listener);
      return () => own.delete(listener);
    },
  });
  return [end(listeners[0], listeners[1]), end(listeners[1], listeners[0])];
}
