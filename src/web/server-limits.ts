import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { networkOf } from "./network.ts";

/**
 * What one connection may cost, before anything of ours looks at a request. docs/limits.md says what a
 * client sees of each. Times in milliseconds, sizes in octets.
 */
export const serverLimits = {
  /** From the first octet of a request to the end of its headers. */
  headersTimeout: 10_000,
  /** To the end of its body. */
  requestTimeout: 30_000,
  /** To the end of the answer, as the client takes it: whoever does not read is cut off. Longer than any poll waits. */
  answerTimeout: 90_000,
  /** For which a connection is kept without a request: longer than the proxies' own, so that they end it. */
  keepAliveTimeout: 65_000,
  /** Every so often all of these are looked at. */
  checkInterval: 1000,
  /** For which what is still sent after a refusal is read and thrown away, so that the refusal can be read. */
  lingering: 1000,
  /** Request line and headers together. */
  maxHeaderSize: 16_384,
  /** Lines of headers. More are refused, not left out: the last is what a proxy has appended. */
  maxHeadersCount: 100,
  maxRequestsPerSocket: 10_000,
  /** Requests that wait for their answers on one connection. A packet may hold a thousand, and they would begin at once. */
  pipelined: 4,
};

export type ServerLimits = Readonly<typeof serverLimits>;

export interface ConnectionLimits {
  /** Connections at once. */
  readonly connections: number;
  /** The same of one network; null behind proxies, which have few addresses and limits of their own. */
  readonly connectionsPerAddress: number | null;
}

/** An HTTP server under these limits. A connection too many is closed without an answer. */
export function createLimitedServer(listener: RequestListener, { connections, connectionsPerAddress }: ConnectionLimits, limits: ServerLimits = serverLimits): Server {
  const { headersTimeout, requestTimeout, keepAliveTimeout, checkInterval, maxHeaderSize, maxRequestsPerSocket } = limits;
  const server = createServer({ headersTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval: checkInterval, maxHeaderSize, noDelay: true }, withoutCrowds(withFewHeaders(listener, limits), limits));
  server.maxConnections = connections;
  // A worker would hand it back to be given to another, which does the same. Node's types do not know it yet.
  Object.assign(server, { dropMaxConnection: true });
  // Versions of Node differ in what becomes of more: counted here.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = maxRequestsPerSocket;
  if (connectionsPerAddress !== null) limitAddresses(server, connectionsPerAddress);
  endSlowAnswers(server, limits);
  server.on("request", (request, response) => response.once("finish", () => endUnreadBody(request, limits)));
  return server;
}

function withFewHeaders(listener: RequestListener, { maxHeadersCount }: ServerLimits): RequestListener {
  return (request, response) => {
    if (request.rawHeaders.length <= maxHeadersCount * 2) return listener(request, response);
    response.writeHead(431, { connection: "close" }).end();
  };
}

/** Leaves out what comes on a connection that has too much to wait for already, and ends it. */
function withoutCrowds(listener: RequestListener, { pipelined }: ServerLimits): RequestListener {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > pipelined) socket.destroy();
    if (socket.destroyed) return;
    waiting.set(socket, count);
    response.once("close", () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    listener(request, response);
  };
}

function limitAddresses(server: Server, most: number): void {
  const open = new Map<string, number>();
  server.prependListener("connection", (socket: Socket) => {
    const address = networkOf(socket.remoteAddress ?? "");
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    if (count > most) socket.destroy();
  });
}

/** The server's own timeouts end with the request: who asks for much and reads nothing would stay. */
function endSlowAnswers(server: Server, { answerTimeout, checkInterval }: ServerLimits): void {
  const answers = new Map<ServerResponse, number>();
  server.on("request", (_request, response) => {
    answers.set(response, performance.now());
    response.once("close", () => answers.delete(response));
  });
  const timer = setInterval(() => {
    const before = performance.now() - answerTimeout;
    // In the order in which they began.
    for (const [response, begun] of answers) {
      if (begun > before) return;
      response.socket?.destroy();
    }
  }, checkInterval);
  timer.unref();
  server.once("close", () => clearInterval(timer));
}

/** Refused before its body was read: the server would read on and on, to keep the connection. */
function endUnreadBody(request: IncomingMessage, { lingering }: ServerLimits): void {
  if (request.complete) return;
  const { socket } = request;
  setTimeout(() => {
    if (!request.complete) socket.destroy();
  }, lingering).unref();
}
