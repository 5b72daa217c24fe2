import { describe, expect, test } from "vitest";
import { createLogger, type Logger } from "../../src/log.ts";

function logging(level = "debug"): { log: Logger; lines(): Record<string, unknown>[]; text(): string } {
  const written: string[] = [];
  return {
    log: createLogger(level, { write: (line) => void written.push(line) }),
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written.join(""),
  };
}
const secret = "SECRET-VALUE";
const members = [
  "certificate", "serial", "serialNumber", "subject", "name", "token", "access_token", "refresh_token", "id_token", "code", "nonce", "challenge", "secret",
  "client_secret", "password", "pin", "number", "signature", "credential", "cookie", "authorization", "dpop", "body", "url", "err", "error", "stack",
];

describe("the log", () => {
  test("is one JSON object a line with time and level, and nothing of the machine", () => {
    const { log, lines } = logging();
    log.info({ status: 200, path: "/account", request: "r1" }, "request");
    expect(lines()).toEqual([{ level: 30, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), status: 200, path: "/account", request: "r1", msg: "request" }]);
  });

  test.each(members)("cuts out %s, wherever it stands", (member) => {
    const { log, text, lines } = logging();
    log.info({ [member]: secret, kept: 1 }, "top");
    log.warn({ inside: { [member]: secret, kept: 2 } }, "second");
    log.error({ a: { b: { c: { d: { [member]: { deeper: secret } } } } }, kept: 3 }, "deep");
    log.debug({ list: [{ [member]: secret }, [{ [member]: [secret] }]], kept: 4 }, "in lists");
    expect(text()).not.toContain(secret);
    expect(text().match(/"kept":/g)).toHaveLength(4);
    expect(lines()).toHaveLength(4);
  });

  test.each(["Authorization", "DPoP", "COOKIE", "Client_Secret", "serialnumber"])("cuts out %s, however it is written", (member) => {
    const { log, text } = logging();
    log.info({ headers: { [member]: secret } }, "headers");
    expect(text()).not.toContain(secret);
  });

  test("cuts an error down to its name: a message may quote input", () => {
    const { log, text, lines } = logging();
    class StrangeError extends TypeError {
      override readonly name = "StrangeError";
    }
    log.error(new StrangeError(`cannot read ${secret}`));
    log.error(new StrangeError(`cannot read ${secret}`), "upkeep failed");
    log.error({ cause: new StrangeError(`cannot read ${secret}`), kept: 1 }, "nested");
    expect(text()).not.toContain(secret);
    expect(text()).not.toContain("log.test");
    expect(lines()).toHaveLength(3);
    expect(lines()[1]).toMatchObject({ kind: "StrangeError", msg: "upkeep failed" });
  });

  test("octets are never written out", () => {
    const { log, text } = logging();
    log.info({ value: new Uint8Array([83, 69, 67]), buffer: Buffer.from(secret) }, "octets");
    expect(text()).not.toMatch(/83\D*69\D*67/);
    expect(text()).not.toContain(secret);
  });

  test("what refers to itself does no harm", () => {
    const { log, lines } = logging();
    const circle: Record<string, unknown> = { kept: 1 };
    circle["self"] = circle;
    log.info({ circle }, "circle");
    expect(lines()).toHaveLength(1);
  });

  test("what it is given stays as it was", () => {
    const { log } = logging();
    const given = { token: secret, inside: { pin: "1234" } };
    log.info(given, "kept");
    expect(given).toEqual({ token: secret, inside: { pin: "1234" } });
  });

  test("falls silent below its level", () => {
    const { log, lines } = logging("warn");
    log.debug({}, "d");
    log.info({}, "i");
    log.warn({}, "w");
    log.error({}, "e");
    expect(lines().map(({ msg }) => msg)).toEqual(["w", "e"]);
    const silent = logging("silent");
    silent.log.error({}, "e");
    expect(silent.lines()).toEqual([]);
  });
});
