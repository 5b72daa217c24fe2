import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { limitNetworks } from "./network-connections.ts";

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
  /** For which a network that sent more opens no other connection; not behind proxies. */
  crowdPause: 10_000,
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
  const server = createServer({ headersTimeout, requestTimeout, keepAliveTimeout, connectionsCheckingInterval: checkInterval, maxHeaderSize, noDelay: true });
  server.maxConnections = connections;
  // A worker would hand it back to be given to another, which does the same. Node's types do not know it yet.
  Object.assign(server, { dropMaxConnection: true });
  // Versions of Node differ in what becomes of more: counted here.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = maxRequestsPerSocket;
  const crowded = connectionsPerAddress === null ? () => undefined : limitNetworks(server, { ...limits, connections: connectionsPerAddress });
  server.on("request", withoutCrowds(endingSlowAnswers(server, endingUnreadBodies(withFewHeaders(listener, limits), limits), limits), crowded, limits));
  return server;
}

function withFewHeaders(listener: RequestListener, { maxHeadersCount }: ServerLimits): RequestListener {
  return (request, response) => {
    if (request.rawHeaders.length <= maxHeadersCount * 2) return listener(request, response);
    response.writeHead(431, { connection: "close" }).end();
  };
}

/** Leaves out what comes on a connection that has too much to wait for already, and ends it. */
function withoutCrowds(listener: RequestListener, crowded: (socket: Socket) => void, { pipelined }: ServerLimits): RequestListener {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > pipelined) {
      socket.destroy();
      return crowded(socket);
    }
    waiting.set(socket, count);
    response.once("close", () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    listener(request, response);
  };
}

/** The server's own timeouts end with the request: who asks for much and reads nothing would stay. */
function endingSlowAnswers(server: Server, listener: RequestListener, { answerTimeout, checkInterval }: ServerLimits): RequestListener {
  const answers = new Map<ServerResponse, number>();
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
  return (request, response) => {
    answers.set(response, performance.now());
    response.once("close", () => answers.delete(response));
    listener(request, response);
  };
}

/** Refused before its body was read: the server would read on and on, to keep the connection. */
function endingUnreadBodies(listener: RequestListener, { lingering }: ServerLimits): RequestListener {
  return (request, response) => {
    response.once("finish", () => {
      if (request.complete) return;
      const { socket } = request;
      setTimeout(() => {
        if (!request.complete) socket.destroy();
      }, lingering).unref();
    });
    listener(request, response);
  };
}
