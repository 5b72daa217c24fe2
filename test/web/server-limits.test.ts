import type { RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { createLimitedServer, serverLimits } from "../../src/web/server-limits.ts";
import { afterTest } from "../storage/temporary.ts";

const quick = { ...serverLimits, headersTimeout: 300, requestTimeout: 600, answerTimeout: 1500, checkInterval: 50, lingering: 100, crowdPause: 500 };
const large = Buffer.alloc(16 * 1024 * 1024);

/** Answers with what was sent, with much, or before anything of the body was read. */
const listener: RequestListener = (request, response) => {
  if (request.url === "/large") return void response.end(large);
  if (request.url === "/refused") return void response.writeHead(413).end("refused");
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => response.end(`read ${Buffer.concat(chunks).length}`));
};

async function listen(connections = { connections: 100, connectionsPerAddress: 50 as number | null }): Promise<number> {
  const server = createLimitedServer(listener, connections, quick);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

interface Talk {
  readonly socket: Socket;
  said(): string;
  /** Milliseconds from the beginning until the server ended the connection. */
  readonly ended: Promise<number>;
}

function talk(port: number, text: string, localAddress = "127.0.0.1"): Talk {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  const begun = performance.now();
  let said = "";
  socket.on("data", (chunk: Buffer) => (said += chunk.toString("latin1").slice(0, 4096)));
  socket.on("error", () => undefined);
  const ended = new Promise<number>((resolve) => socket.once("close", () => resolve(performance.now() - begun)));
  socket.write(text);
  afterTest(() => void socket.destroy());
  return { socket, said: () => said, ended };
}

/** Sends a piece every so often until the server ends it. */
function drip({ socket }: Talk, piece: string): void {
  const timer = setInterval(() => void (socket.destroyed ? clearInterval(timer) : socket.write(piece)), 50);
  afterTest(() => clearInterval(timer));
}

const head = (line: string, ...headers: string[]): string => [line, "host: localhost", ...headers, "", ""].join("\r\n");
const answered = async (port: number, localAddress?: string): Promise<boolean> => {
  const asked = talk(port, head("GET / HTTP/1.1", "connection: close"), localAddress);
  await asked.ended;
  return asked.said().startsWith("HTTP/1.1 200");
};

describe("clients that take their time", () => {
  const slow: [string, string, string, number][] = [
    ["headers that never end", "GET / HTTP/1.1\r\nhost: localhost\r\n", "x-more: 1\r\n", 300],
    ["a request line that never ends", "GET /", "a", 300],
    ["a body that comes octet by octet", head("POST / HTTP/1.1", "content-length: 1000000"), "a", 600],
    ["chunks that never end", head("POST / HTTP/1.1", "transfer-encoding: chunked"), "1\r\na\r\n", 600],
  ];
  test.each(slow)("%s: cut off with 408", async (_name, text, piece, least) => {
    const asked = talk(await listen(), text);
    drip(asked, piece);
    expect(await asked.ended).toBeGreaterThanOrEqual(least - 20);
    expect(asked.said()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("an answer that is not read: cut off", async () => {
    const asked = talk(await listen(), head("GET /large HTTP/1.1"));
    asked.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 1800));
    let octets = 0;
    asked.socket.on("data", (chunk: Buffer) => (octets += chunk.length)).resume();
    expect(await asked.ended).toBeLessThan(10_000);
    expect(octets).toBeLessThan(large.length);
  });

  test("an answer that is read is whole", async () => {
    const asked = talk(await listen(), head("GET /large HTTP/1.1", "connection: close"));
    let octets = 0;
    asked.socket.on("data", (chunk: Buffer) => (octets += chunk.length));
    await asked.ended;
    expect(octets).toBeGreaterThan(large.length);
  });

  test("what is still sent after a refusal is not read for ever", async () => {
    const asked = talk(await listen(), head("POST /refused HTTP/1.1", "transfer-encoding: chunked"));
    drip(asked, "1\r\na\r\n");
    expect(await asked.ended).toBeLessThan(550);
    expect(asked.said()).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("a connection goes on after a refusal whose body did come", async () => {
    const asked = talk(await listen(), head("POST /refused HTTP/1.1", "content-length: 1") + "a");
    await new Promise((resolve) => setTimeout(resolve, 200));
    asked.socket.write(head("GET / HTTP/1.1", "connection: close"));
    await asked.ended;
    expect(asked.said()).toMatch(/413[\s\S]*200 OK/);
  });
});

describe("requests that are too much or no requests", () => {
  const rows: [string, string, RegExp][] = [
    ["a long address", head(`GET /${"a".repeat(20_000)} HTTP/1.1`), /^HTTP\/1\.1 431 /],
    ["many headers", head("GET / HTTP/1.1", ...Array.from({ length: 100 }, (_, index) => `x-${index}: 1`)), /^HTTP\/1\.1 431 /],
    ["long headers", head("GET / HTTP/1.1", `x-long: ${"a".repeat(20_000)}`), /^HTTP\/1\.1 431 /],
    ["two lengths of one body", head("POST / HTTP/1.1", "content-length: 5", "transfer-encoding: chunked") + "0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 (?![\s\S]*HTTP)/],
    ["two content-lengths", head("POST / HTTP/1.1", "content-length: 5", "content-length: 6") + "abcdef", /^HTTP\/1\.1 400 /],
    ["an unknown transfer encoding", head("POST / HTTP/1.1", "transfer-encoding: xchunked") + "0\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a folded header", "GET / HTTP/1.1\r\nhost: localhost\r\nx-a: 1\r\n b: 2\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["lines that end without a carriage return", "POST / HTTP/1.1\nhost: localhost\ntransfer-encoding: chunked\n\n0\n\n", /^HTTP\/1\.1 400 /],
    ["no host", "GET / HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a method that is none", head("HACK / HTTP/1.1"), /^HTTP\/1\.1 400 /],
    ["HTTP/2 without its negotiation", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["TLS", "\u0016\u0003\u0001\u0002\0\u0001\0", /^HTTP\/1\.1 400 /],
    ["an expectation that is none", head("GET / HTTP/1.1", "expect: a-surprise", "connection: close"), /^HTTP\/1\.1 417 /],
    ["to go on with a body", head("POST / HTTP/1.1", "expect: 100-continue", "content-length: 1", "connection: close") + "a", /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /],
    ["another protocol", head("GET / HTTP/1.1", "connection: upgrade, close", "upgrade: websocket", "sec-websocket-key: AAAA"), /^HTTP\/1\.1 200 /],
    ["a tunnel", head("CONNECT example.org:443 HTTP/1.1"), /^$/],
  ];
  test.each(rows)("%s", async (_name, text, expected) => {
    const asked = talk(await listen(), text);
    await asked.ended;
    expect(asked.said()).toMatch(expected);
  });
});

describe("requests that do not wait for their answers", () => {
  const piped = (count: number): string => head("GET / HTTP/1.1").repeat(count - 1) + head("GET / HTTP/1.1", "connection: close");
  const answers = (said: string): number => said.split("HTTP/1.1 200 ").length - 1;

  test("four are answered", async () => {
    const asked = talk(await listen(), piped(4));
    await asked.ended;
    expect(answers(asked.said())).toBe(4);
  });

  test("of a thousand in one packet no more than four begin, and the connection ends", async () => {
    const asked = talk(await listen(), piped(1000));
    await asked.ended;
    expect(answers(asked.said())).toBeLessThan(5);
  });

  // Each costs as much as a thousand, and whoever connects meanwhile waits for all that came before.
  test("whose connection ended so opens no other for a while; others do, and behind proxies everybody does", async () => {
    const rows: [connectionsPerAddress: number | null, meanwhile: boolean][] = [[50, false], [null, true]];
    for (const [connectionsPerAddress, meanwhile] of rows) {
      const port = await listen({ connections: 100, connectionsPerAddress });
      const before = talk(port, head("GET / HTTP/1.1"), "127.0.0.2");
      await expect.poll(before.said).toContain("200 OK");
      await talk(port, piped(1000), "127.0.0.2").ended;
      expect(await answered(port, "127.0.0.2")).toBe(meanwhile);
      expect(await answered(port)).toBe(true);
      before.socket.write(head("GET / HTTP/1.1", "connection: close"));
      await before.ended;
      expect(answers(before.said())).toBe(2);
      await expect.poll(() => answered(port, "127.0.0.2")).toBe(true);
    }
  });
});

describe("connections", () => {
  test("one address has so many; another is answered, and the first again once it ends some", async () => {
    const port = await listen({ connections: 100, connectionsPerAddress: 5 });
    const held = Array.from({ length: 8 }, () => talk(port, "", "127.0.0.2"));
    await Promise.race(held.map(({ ended }) => ended));
    expect(await answered(port, "127.0.0.2")).toBe(false);
    expect(await answered(port)).toBe(true);
    for (const { socket } of held) socket.destroy();
    await Promise.all(held.map(({ ended }) => ended));
    await expect.poll(() => answered(port, "127.0.0.2")).toBe(true);
  });

  test("behind proxies an address has no limit of its own, all together have", async () => {
    const port = await listen({ connections: 6, connectionsPerAddress: null });
    const held = Array.from({ length: 5 }, () => talk(port, ""));
    expect(await answered(port)).toBe(true);
    held.push(talk(port, ""), talk(port, ""));
    await Promise.race(held.map(({ ended }) => ended));
    expect(await answered(port)).toBe(false);
  });
});
