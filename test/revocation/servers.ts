import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { concatBytes } from "../../src/bytes.ts";

/** HTTP servers on loopback that answer as a test says; closed after each test. */

export type Behaviour = (request: { readonly body: Uint8Array; readonly path: string; readonly headers: IncomingMessage["headers"] }, response: ServerResponse) => void | Promise<void>;

export interface TestServer {
  readonly url: string;
  /** How many requests came. */
  readonly requests: () => number;
  /** Answers in another way from now on. */
  behave(behaviour: Behaviour): void;
}

const running: Server[] = [];

afterEach(async () => {
  await Promise.all(
    running.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    ),
  );
});

export async function startServer(initial: Behaviour): Promise<TestServer> {
  let behaviour = initial;
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    void readAll(request).then((body) => behaviour({ body, path: request.url ?? "", headers: request.headers }, response));
  });
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    requests: () => requests,
    behave: (next) => {
      behaviour = next;
    },
  };
}

/** A URL where nothing listens. */
export async function refusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/`;
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return concatBytes(...chunks);
}

/** Answers with a body of this media type. */
export const sends =
  (body: Uint8Array | string, contentType: string, status = 200): Behaviour =>
  (_, response) => {
    response.writeHead(status, { "content-type": contentType }).end(body);
  };

export const redirects =
  (location: string): Behaviour =>
  (_, response) => {
    response.writeHead(302, { location }).end();
  };

/** Sends the body octet by octet, for ever if need be. */
export const drips =
  (body: Uint8Array, contentType: string, everyMs = 20): Behaviour =>
  (_, response) => {
    response.writeHead(200, { "content-type": contentType });
    let sent = 0;
    const timer = setInterval(() => response.write(body.subarray(sent, (sent += 1))), everyMs);
    response.on("close", () => clearInterval(timer));
  };

/** Sends `length` octets as fast as they are taken, without saying so beforehand. */
export const floods =
  (length: number, contentType: string, onSent: (octets: number) => void = () => undefined): Behaviour =>
  (_, response) => {
    response.writeHead(200, { "content-type": contentType });
    const chunk = new Uint8Array(64 * 1024);
    let sent = 0;
    const more = () => {
      while (sent < length && !response.destroyed) {
        sent += chunk.length;
        onSent(sent);
        if (!response.write(chunk)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
  };

export const hangs: Behaviour = () => undefined;
