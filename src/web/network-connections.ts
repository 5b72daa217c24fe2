import type { Server } from "node:http";
import type { Socket } from "node:net";
import { networkOf } from "./network.ts";

/** What the connections of one network may cost together. Times in milliseconds. */
export interface NetworkConnectionLimits {
  /** Connections at once. */
  readonly connections: number;
  /** For which a network whose connection was ended for its crowd opens no other. */
  readonly crowdPause: number;
  readonly checkInterval: number;
}

/**
 * Closes connections over the limits without an answer.
 * @returns what is told of a connection that was ended for its crowd. Reading a packet of a thousand requests takes
 * 20 ms, whatever becomes of them, and a server takes one new connection each time it has read from the others:
 * whoever came behind sixty such would wait a second.
 */
export function limitNetworks(server: Server, { connections, crowdPause, checkInterval }: NetworkConnectionLimits): (crowded: Socket) => void {
  const open = new Map<string, number>();
  const pausedUntil = new Map<string, number>();
  const networks = new WeakMap<Socket, string>();
  server.prependListener("connection", (socket: Socket) => {
    const network = networkOf(socket.remoteAddress ?? "");
    networks.set(socket, network);
    const count = (open.get(network) ?? 0) + 1;
    open.set(network, count);
    socket.once("close", () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
    if (count > connections || (pausedUntil.get(network) ?? 0) > performance.now()) socket.destroy();
  });
  const timer = setInterval(() => {
    // In the order in which they end.
    for (const [network, until] of pausedUntil) {
      if (until > performance.now()) return;
      pausedUntil.delete(network);
    }
  }, checkInterval);
  timer.unref();
  server.once("close", () => clearInterval(timer));
  return (crowded) => {
    // Told by the connection: an ended one no longer has an address.
    const network = networks.get(crowded);
    if (network === undefined) return;
    pausedUntil.delete(network);
    pausedUntil.set(network, performance.now() + crowdPause);
  };
}
