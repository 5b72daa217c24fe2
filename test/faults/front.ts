import { once } from "node:events";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request as ask } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterTest } from "../storage/temporary.ts";

/**
 * What stands before nodes, as a load balancer does: each request goes to the next node in turn. Where
 * nobody listens it goes to another; one that was sent is never sent again, as nobody knows what became of it.
 */
export interface Front {
  readonly origin: string;
  /** Answers of nodes by their status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Answers that say that something is broken, not that it may be tried again. */
  readonly faults: readonly string[];
  /** Requests that a node took and never answered. */
  readonly lost: readonly string[];
  /** Sends what comes from now on to the nodes at these origins. */
  turnTo(origins: readonly string[]): void;
  /** Resolves when nothing is under way at a node any more. */
  left(origin: string): Promise<void>;
}

/** On a free port. */
export async function startFront(): Promise<Front> {
  let nodes: readonly string[] = [];
  let turn = 0;
  const under = new Map<string, number>();
  const statuses = new Map<number, number>();
  const [faults, lost]: [string[], string[]] = [[], []];

  const note = (line: string, { status, headers, body }: NodeAnswer): void => {
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const mayBeTriedAgain = status === 503 && headers["retry-after"] !== undefined;
    if (status >= 500 && !mayBeTriedAgain) faults.push(`${status} ${line} ${body.toString().slice(0, 200)}`);
  };
  const pass = async (origin: string, request: IncomingMessage, body: Buffer): Promise<NodeAnswer> => {
    under.set(origin, (under.get(origin) ?? 0) + 1);
    try {
      const answer = await send(origin, request, body);
      note(lineOf(request), answer);
      return answer;
    } finally {
      under.set(origin, (under.get(origin) ?? 0) - 1);
    }
  };
  const answer = async (request: IncomingMessage): Promise<NodeAnswer> => {
    const body = await buffer(request);
    turn += 1;
    const inTurn = nodes.map((_, index) => nodes[(turn + index) % nodes.length] ?? "");
    for (const origin of inTurn) {
      try {
        return await pass(origin, request, body);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") continue;
        lost.push(lineOf(request));
        return { status: 502, headers: {}, body: Buffer.of() };
      }
    }
    return { status: 503, headers: { "retry-after": "1" }, body: Buffer.of() };
  };

  const server = createServer((request, response) => void answer(request).then(({ status, headers, body }) => response.writeHead(status, headers).end(body)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    statuses, faults, lost,
    turnTo: (origins) => void (nodes = origins),
    left: async (origin) => {
      while ((under.get(origin) ?? 0) > 0) await wait(20);
    },
  };
}

interface NodeAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** A whole answer, or an error. */
async function send(origin: string, { url = "/", method, headers }: IncomingMessage, body: Buffer): Promise<NodeAnswer> {
  const request = ask(new URL(url, origin), { method, headers: { ...headers, connection: "close" }, agent: false });
  request.end(body);
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  const { connection: _connection, "transfer-encoding": _encoding, ...others } = answer.headers;
  return { status: answer.statusCode ?? 502, headers: others, body: await buffer(answer) };
}

/** Without what may be secret in it. */
const lineOf = ({ method = "", url = "/" }: IncomingMessage): string => `${method} ${url.replace(/\?.*/u, "")}`;
