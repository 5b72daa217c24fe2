import type { Server } from "node:http";

/** Listens on this machine alone: what the sandbox serves holds private keys, or signs in as anybody. @param port - 0 for one that nobody uses. */
export async function listenOnLoopback(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** The port it listens on; null while it does not. */
export function portOf(server: Server): number | null {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : null;
}

/** Ends at once, with all connections; nothing where it does not listen. */
export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
