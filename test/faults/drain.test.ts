import { Agent, get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { afterTest } from "../storage/temporary.ts";
import { nodePlace, type NodeProcess, startNode } from "./node-process.ts";

/** Nodes are asked to stop: whoever asks them something meanwhile hears of it, and nothing that was begun is lost. */

interface Seen {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

/** One request, on the agent's kept-alive connection if it has one. */
function ask(url: string, agent: Agent): Promise<Seen> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { accept: "application/json" } }, (response: IncomingMessage) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.once("end", () => resolve({ status: response.statusCode, connection: response.headers.connection, retryAfter: response.headers["retry-after"], body }));
    }).once("error", reject);
  });
}

function keptAlive(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  afterTest(() => agent.destroy());
  return agent;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A connection, and all that was answered on it once it ended. */
function talk({ origin }: NodeProcess): { readonly socket: Socket; readonly ended: Promise<string> } {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  afterTest(() => void socket.destroy());
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  return { socket, ended: new Promise((resolve) => socket.once("close", () => resolve(answer))) };
}

/** A request whose last octets wait until it is told to send them; the answer once they were sent. */
async function begun(node: NodeProcess): Promise<() => Promise<string>> {
  const { socket, ended } = talk(node);
  await new Promise((resolve) => socket.write("POST /introspect HTTP/1.1\r\nHost: login.example.jp\r\nAccept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\ntoken=", resolve));
  await pause(100);
  return () => {
    socket.write("x");
    return ended;
  };
}

/** A connection on which half a request was sent, so that it is no idle one; the answer once the rest was. */
function halfAsked(node: NodeProcess): () => Promise<string> {
  const { socket, ended } = talk(node);
  socket.write("GET /jwks HTTP/1.1\r\nHost: login.example.jp\r\n");
  return () => {
    socket.write("Accept: application/json\r\n\r\n");
    return ended;
  };
}

describe("while the end is announced", () => {
  test("it is not ready, answers everything, and ends each connection with its answer; then it is gone with exit code 0", async () => {
    const node = await startNode(nodePlace({ listen: { port: 0, drain: { announce: 2, limit: 10 } } }));
    const [old, fresh] = [keptAlive(), keptAlive()];
    expect(await ask(`${node.origin}/readyz`, old)).toMatchObject({ status: 200, connection: "keep-alive" });
    node.child.kill("SIGTERM");
    await pause(200);
    const [readiness, health, page] = [await ask(`${node.origin}/readyz`, old), await ask(`${node.origin}/healthz`, fresh), await ask(`${node.origin}/jwks`, fresh)];
    expect(readiness).toMatchObject({ status: 503, connection: "close" });
    expect(JSON.parse(readiness.body)).toMatchObject({ status: "draining" });
    expect([health, page]).toMatchObject([{ status: 200, connection: "close" }, { status: 200, connection: "close" }]);
    expect(await node.ended).toBe(0);
  });

  test("asked a second time, it stops at once", async () => {
    const node = await startNode(nodePlace({ listen: { port: 0, drain: { announce: 60, limit: 60 } } }));
    node.child.kill("SIGTERM");
    await pause(200);
    expect(node.child.exitCode).toBeNull();
    const asked = performance.now();
    node.child.kill("SIGTERM");
    expect(await node.ended).toBe(1);
    expect(performance.now() - asked).toBeLessThan(2000);
  });
});

describe("after that", () => {
  test("it accepts no more, finishes what was begun, answers what comes at once on a connection, and refuses what comes later", async () => {
    const node = await startNode(nodePlace({ listen: { port: 0, drain: { announce: 0, limit: 10 } } }));
    const finish = await begun(node);
    const [soon, late] = [halfAsked(node), halfAsked(node)];
    await pause(100);
    node.child.kill("SIGTERM");
    await pause(300);
    await expect(ask(`${node.origin}/healthz`, keptAlive())).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(await soon()).toMatch(/^HTTP\/1\.1 200 [^]*connection: close\r\n/iu);
    await pause(1500);
    expect(await late()).toMatch(/^HTTP\/1\.1 503 [^]*connection: close\r\nretry-after: 2\r\n[^]*"error":"service_unavailable"/iu);
    // Its body is read after the drain began: it was not refused.
    expect(await finish()).toMatch(/^HTTP\/1\.1 400 /u);
    expect(await node.ended).toBe(0);
  });

  test("what does not come to its end within the limit is cut off", async () => {
    const node = await startNode(nodePlace({ listen: { port: 0, drain: { announce: 0, limit: 1 } } }));
    await begun(node);
    const asked = performance.now();
    node.child.kill("SIGTERM");
    expect(await node.ended).toBe(0);
    expect(performance.now() - asked).toBeGreaterThan(900);
    expect(performance.now() - asked).toBeLessThan(5000);
  });
});
