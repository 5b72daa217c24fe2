import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What the port of the operator answers with. */
export interface OperatorAnswers {
  /** Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  /** Whether requests are served, and all that this rests on. Nothing of people is in it, but more than strangers need to know. */
  readonly readiness: () => Promise<{ readonly ready: boolean }>;
}

export interface OperatorServer {
  readonly address: AddressInfo;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` and `/readyz` on a port of their own, which is not for the public: it has neither
 * limits nor authentication. @throws when the port is taken.
 */
export async function startOperatorServer({ host, port }: { readonly host: string; readonly port: number }, answers: OperatorAnswers): Promise<OperatorServer> {
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string): void => void response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
    const answer = async (): Promise<void> => {
      if (request.method !== "GET") return send(405, "text/plain", "");
      if (request.url === "/metrics") return send(200, "text/plain; version=0.0.4; charset=utf-8", await answers.metrics());
      if (request.url !== "/readyz") return send(404, "text/plain", "");
      const readiness = await answers.readiness();
      send(readiness.ready ? 200 : 503, "application/json", `${JSON.stringify(readiness)}\n`);
    };
    answer().catch(() => send(500, "text/plain", ""));
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    address: server.address() as AddressInfo,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
