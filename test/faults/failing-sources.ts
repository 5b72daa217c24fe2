import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What stands between a bridge and its status sources, and does them harm. */
export interface Interposed {
  readonly url: string;
  /** To whom every request goes on. */
  towards(origin: string): void;
  /** In this way from now on; null: it was started again, and every question and answer passes as it is. */
  harm(fault: Fault | null): void;
  /** The last answer that passed unharmed. */
  last(): Answer;
  close(): Promise<void>;
}

export interface Answer {
  readonly contentType: string;
  readonly body: Buffer;
}

/** What becomes of an answer. */
export type Fault = (answer: Answer, response: ServerResponse) => void;

const send = ({ contentType, body }: Answer, response: ServerResponse): void => void response.writeHead(200, { "content-type": contentType }).end(body);

export async function interpose(): Promise<Interposed> {
  let [origin, fault, last]: [string, Fault | null, Answer] = ["", null, { contentType: "", body: Buffer.alloc(0) }];
  const server = createServer((asked, response) => {
    const passed = request(origin + (asked.url ?? ""), { method: asked.method ?? "GET", headers: { ...asked.headers, connection: "close" } }, (answered) => {
      const chunks: Buffer[] = [];
      answered.on("data", (chunk: Buffer) => chunks.push(chunk));
      answered.on("end", () => {
        const answer = { contentType: answered.headers["content-type"] ?? "", body: Buffer.concat(chunks) };
        if (fault !== null) return fault(answer, response);
        last = answer;
        send(answer, response);
      });
    });
    passed.on("error", () => response.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    towards: (next) => void (origin = next),
    harm: (next) => {
      fault = next;
      if (next === null) server.closeAllConnections();
    },
    last: () => last,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/** Faults that need nothing but the answer. */
export const faults = {
  "down: it closes the connection": (_, response) => void response.destroy(),
  "down: it answers 503": (_, response) => void response.writeHead(503).end(),
  "silent": () => undefined,
  "slow: an octet a second": ({ contentType, body }, response) => {
    response.writeHead(200, { "content-type": contentType });
    let sent = 0;
    const timer = setInterval(() => response.write(body.subarray(sent, (sent += 1))), 1000);
    response.once("close", () => clearInterval(timer));
  },
  "lying: the signature of another": (answer, response) => {
    const body = Buffer.from(answer.body);
    const at = body.length - 20;
    body.writeUInt8(body.readUInt8(at) ^ 1, at);
    send({ ...answer, body }, response);
  },
  "lying: cut short": (answer, response) => send({ ...answer, body: answer.body.subarray(0, answer.body.length >> 1) }, response),
  "huge: it never ends": ({ contentType }, response) => {
    response.writeHead(200, { "content-type": contentType });
    const chunk = Buffer.alloc(1 << 20, 0x30);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", more);
    more();
  },
  "a redirect": (_, response) => void response.writeHead(302, { location: "http://127.0.0.1:9/" }).end(),
  "a page": (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Hello</h1>"),
} as const satisfies Record<string, Fault>;

/** Answers the same whatever is asked. */
export const always = (answer: Answer): Fault => (_, response) => send(answer, response);
