import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { ConfigurationFile } from "../../src/config.ts";
import { checkConfiguration } from "../../src/config.ts";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import { openStorage } from "../../src/cli/with-storage.ts";
import { bodies, form } from "./attack-bodies.ts";
import { type Attack, type AttackAnswer, attackerOf, connection, expectHarmless, flood, watched, otherWork } from "./attack-stage.ts";
import { nodePlace, type NodeProcess, startNode } from "./node-process.ts";

/** Attackers against a bridge that is a process of its own, whose health is asked for all the while. */

const open: ConfigurationFile["limits"] = { requests_per_minute: 1_000_000, sensitive_per_minute: 1_000_000, total_per_second: 100_000, begun_per_network: 1_000_000, begun: 1_000_000, connections_per_address: 60 };
const origin = "https://login.example.jp";

async function bridge(changes: Partial<ConfigurationFile> = {}): Promise<NodeProcess> {
  const place = nodePlace({ limits: open, ...changes });
  const configuration = checkConfiguration(JSON.parse(readFileSync(path.join(place.directory, "bridge.yaml"), "utf8")), place.directory, "production");
  const storage = await openStorage(configuration);
  await addRelyingParty(storage, orThrow(metadataOf({ clientId: "shop", name: "Shop", redirectUris: ["https://shop.example/callback"], authentication: "client_secret_basic", refreshTokens: false })), 1);
  await storage.close();
  return startNode(place);
}

const authorization = `/authorize?${new URLSearchParams({ client_id: "shop", redirect_uri: "https://shop.example/callback", response_type: "code", scope: "openid", state: "s".repeat(22), nonce: "n".repeat(22), code_challenge: "c".repeat(43), code_challenge_method: "S256" })}`;

describe("bodies that are made to be expensive", () => {
  test("each is refused, and nobody else waits", { timeout: 120_000, retry: otherWork }, async () => {
    const node = await bridge();
    const ask = attackerOf(node.origin);
    const answers = await watched(node, async () => {
      const all: [string, AttackAnswer[]][] = [];
      for (const [name, attacks] of bodies) all.push([name, await flood(attacks.map((attack) => () => ask(attack)))]);
      return all;
    });
    for (const [name, list] of answers) {
      expectHarmless(list, name);
      // While what is refused is still being sent a connection may end without an answer.
      expect(list.filter(({ status }) => (status >= 200 && status < 300)).map(({ text }) => text), name).toEqual([]);
    }
  });
});

describe("connections that are made to be expensive", () => {
  test("slow heads, bodies without end, requests whose answers are not read: whoever else asks is answered", { timeout: 60_000, retry: otherWork }, async () => {
    const node = await bridge();
    await watched(node, async () => {
      const held = Array.from({ length: 120 }, () => connection(node.origin));
      for (const { socket } of held) socket.write("GET / HTTP/1.1\r\nhost: a\r\n");
      await expect.poll(() => held.filter(({ socket }) => socket.destroyed).length, { timeout: 5000 }).toBe(60);
      for (const { socket } of held.slice(0, 100)) socket.destroy();
      await Promise.all(held.slice(0, 100).map(({ ended }) => ended));

      const endless = Array.from({ length: 10 }, () => connection(node.origin));
      const chunk = `10000\r\n${"a".repeat(65_536)}\r\n`;
      for (const { socket } of endless) {
        socket.write("POST /account/passkey HTTP/1.1\r\nhost: login.example.jp\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
        const more = (): void => void (!socket.destroyed && socket.write(chunk, () => setImmediate(more)));
        more();
      }
      await Promise.all(endless.map(({ ended }) => ended));
      expect(endless.filter(({ said }) => said() !== "" && !said().startsWith("HTTP/1.1 413 "))).toEqual([]);

      const crowds = Array.from({ length: 20 }, () => connection(node.origin));
      for (const { socket } of crowds) socket.pause().write("GET /account HTTP/1.1\r\nhost: login.example.jp\r\n\r\n".repeat(1000));
      await new Promise((resolve) => setTimeout(resolve, 2000));
    });
  });
});

describe("what is begun and left alone", () => {
  test("10,000 authorization requests and 10,000 enrolments: the limits hold, the rest is refused as busy", { timeout: 180_000, retry: otherWork }, async () => {
    const most = 500;
    const node = await bridge({ enrolment: { app_link: "https://app.example.jp/enrol", maximum_open: most, maximum_open_per_network: most } });
    const ask = attackerOf(node.origin);
    const page = await ask({ path: "/account/enrolment", headers: { accept: "text/html" } });
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
    const cookie = page.cookies.map((line) => line.split(";")[0]).join("; ");
    const enrol: Attack = { method: "POST", path: "/account/enrolment", headers: { ...form, accept: "text/html", cookie, origin, "sec-fetch-site": "same-origin" }, body: new URLSearchParams({ csrf, device: "other" }).toString() };
    // Many at once, as what they store then shares commits: otherwise it is the disk that is waited for.
    const [begun, enrolled] = await watched(node, async () => [await flood(Array.from({ length: 10_000 }, () => () => ask({ path: authorization })), 16), await flood(Array.from({ length: 10_000 }, () => () => ask(enrol)), 16)] as const);
    expectHarmless([...begun, ...enrolled]);
    expect(begun.filter(({ location }) => location.includes("/interaction/")).length).toBe(10_000);
    expect(enrolled.filter(({ status }) => status === 303).length).toBe(most);
    expect(enrolled.filter(({ status }) => status === 503).length).toBe(10_000 - most);
  });
});

describe("what is written to be read by somebody else", () => {
  const hostile = ["\u001b[2J\u001b[31m", "\u0007\u0008", "%0d%0aset-cookie:attack=1", "\u0080\u009b31m", '{"level":60,"msg":"attack"}', "<script>attack</script>", "${jndi:ldap://attack}", "\u202eattack"];

  test("lines of the log stay lines, and say nothing of what strangers put there", { timeout: 60_000, retry: otherWork }, async () => {
    const node = await bridge();
    const raw = (head: string): Promise<string> => {
      const sent = connection(node.origin);
      sent.socket.write(Buffer.from(`${head}\r\nconnection: close\r\n\r\n`, "latin1"));
      return sent.ended.then(sent.said);
    };
    const answers: string[] = [];
    await watched(node, async () => {
      for (const text of hostile) {
        for (const header of ["user-agent", "referer", "x-request-id", "x-forwarded-for", "traceparent", "accept-language", "cookie", "origin", "authorization", "dpop", "content-type"]) {
          const answer = await raw(`GET /account HTTP/1.1\r\nhost: login.example.jp\r\n${header}: ${Buffer.from(text).toString("latin1")}`);
          expect(answer).not.toContain("attack");
          answers.push(answer);
        }
        for (const where of ["/", "/account?x=", "/authorize?client_id=", "/interaction/"]) {
          const answer = await raw(`GET ${where}${encodeURIComponent(text)} HTTP/1.1\r\nhost: login.example.jp`);
          expect(answer).not.toMatch(/<script>attack|set-cookie: ?attack/i);
          answers.push(answer);
        }
      }
    });
    const lines = node.said().split("\n").filter((line) => line.startsWith("{"));
    // What is no request by its octets was refused before anybody could say what it asks for.
    const requests = answers.filter((answer) => answer !== "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    expect(requests.length).toBeGreaterThan(80);
    expect(lines).toHaveLength(requests.length);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
    // oxlint-disable-next-line no-control-regex
    expect(node.said()).not.toMatch(/attack|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|\\u001b|\u202e/);
  });
});
