import { describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/bytes.ts";
import { JpkiApplet } from "../../src/applet/applet.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { TransportError } from "../../src/transports/transport-error.ts";
import type { Transport } from "../../src/transports/transport.ts";
import { parseTrace, RecordingTransport, ReplayTransport, TraceDifference } from "../../src/transports/trace.ts";
import { certificates, imageOf, newKeyPair } from "../support/fixtures.ts";
import { ScriptedTransport } from "../support/scripted-transport.ts";

const { privateJwk } = await newKeyPair();
const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** What a trace shows of commands and the answers to them. */
async function traceOf(exchanges: readonly (readonly [string, string])[], showFiles = false): Promise<string[][]> {
  const lines: string[] = [];
  const transport = new RecordingTransport(new ScriptedTransport(...exchanges.map(([, response]) => response)), { write: (line) => lines.push(line), showFiles });
  for (const [command] of exchanges) await transport.transmit(bytesOf(command));
  return parseTrace(lines.join("\n")).map((exchange) => ("response" in exchange ? [exchange.command, exchange.response] : []));
}

describe("what a trace shows", () => {
  test.each<[string, [string, string][], [string, string][]]>([
    ["SELECT", [["00a4020c02000a", "9000"]], [["00a4020c02000a", "9000"]]],
    ["VERIFY without data", [["00200080", "63c3"]], [["00200080", "63c3"]]],
    ["VERIFY", [["002000800431323334", "9000"]], [["0020008004********", "9000"]]],
    ["VERIFY with Le", [["00200080043132333400", "9000"]], [["0020008004********00", "9000"]]],
    ["extended VERIFY", [["0020008000000431323334", "9000"]], [["00200080000004********", "9000"]]],
    ["extended VERIFY with Le", [["00200080000004313233340000", "9000"]], [["00200080000004********0000", "9000"]]],
    ["chained VERIFY", [["10200080023132", "9000"], ["00200080023334", "9000"]], [["1020008002****", "9000"], ["0020008002****", "9000"]]],
    ["VERIFY of another class", [["8c2000800431323334", "9000"]], [["8c20008004********", "9000"]]],
    ["VERIFY with odd instruction", [["002100800431323334", "9000"]], [["0021008004********", "9000"]]],
    ["VERIFY cut short", [["0020008004313233", "6700"]], [["****************", "6700"]]],
    ["VERIFY too long", [["00200080043132333435363738", "6700"]], [["**************************", "6700"]]],
    ["a new PIN", [["002400800431323334", "9000"]], [["0024008004********", "9000"]]],
    ["READ BINARY", [["00b0000004", "308205fa9000"]], [["00b0000004", "********9000"]]],
    ["a file's early end", [["00b0000004", "30826282"]], [["00b0000004", "****6282"]]],
    ["GET RESPONSE after READ BINARY", [["00b0000004", "6102"], ["00c0000002", "30829000"]], [["00b0000004", "6102"], ["00c0000002", "****9000"]]],
    ["GET RESPONSE after a signature", [["802a00800101", "6102"], ["00c0000002", "abcd9000"]], [["802a00800101", "6102"], ["00c0000002", "abcd9000"]]],
    ["GET RESPONSE after nothing", [["00c0000002", "abcd9000"]], [["00c0000002", "****9000"]]],
    ["an instruction nobody knows", [["00ca010101ab02", "cd9000"]], [["00ca010101**02", "**9000"]]],
    ["an answer without status word", [["00a40000", "ab"]], [["00a40000", "**"]]],
  ])("%s", async (_, exchanges, shown) => {
    expect(await traceOf(exchanges)).toEqual(shown);
  });

  test("files, if asked to; PINs never", async () => {
    const exchanges = [["002000800431323334", "9000"], ["00b0000004", "308205fa9000"]] as const;
    expect(await traceOf(exchanges, true)).toEqual([["0020008004********", "9000"], ["00b0000004", "308205fa9000"]]);
  });

  test("how long it took, and how it failed", async () => {
    const lines: string[] = [];
    let time = 0;
    const failing: Transport = { transmit: async () => Promise.reject(new TransportError("card_removed")) };
    const transport = new RecordingTransport(failing, { write: (line) => lines.push(line), now: () => (time += 7) });
    await expect(transport.transmit(bytesOf("00a40000"))).rejects.toMatchObject({ code: "card_removed" });
    expect(lines).toEqual(['{"command":"00a40000","error":"card_removed","ms":7}']);
  });
});

interface Session {
  readonly pin: string;
  readonly digest: Uint8Array;
}
const session: Session = { pin: "ABC123", digest: new Uint8Array(32).fill(7) };

async function signWith(transport: Transport, { pin, digest }: Session): Promise<{ certificate: Uint8Array; signature: Uint8Array }> {
  const applet = await JpkiApplet.select(transport);
  await applet.verifyPin("signature", utf8(pin));
  return { certificate: await applet.readCertificate("signature"), signature: await applet.sign("signature", digest) };
}

async function record(): Promise<{ trace: string; signature: Uint8Array }> {
  const lines: string[] = [];
  const transport = new RecordingTransport(new SoftwareSecureElement(imageOf(privateJwk)), { write: (line) => lines.push(line) });
  const { signature } = await signWith(transport, session);
  return { trace: lines.join("\n"), signature };
}

describe("a replay", () => {
  const files = { "0001": certificates.signature };

  test("answers as the element did, with the certificate it is given", async () => {
    const { trace, signature } = await record();
    expect(trace).not.toContain(toHex(utf8("ABC123")));
    const replay = new ReplayTransport(trace, { files });
    expect(await signWith(replay, session)).toEqual({ certificate: certificates.signature, signature });
    expect(replay.left).toBe(0);
  });

  test("takes any PIN of the same length for the masked one", async () => {
    const { trace } = await record();
    await signWith(new ReplayTransport(trace, { files }), { ...session, pin: "XYZ789" });
  });

  test.each<[string, Session, string]>([
    ["another digest", { ...session, digest: new Uint8Array(32).fill(8) }, "802a0080"],
    ["a longer PIN", { ...session, pin: "ABC1234" }, "00200080"],
  ])("complains of %s at the first difference, and for ever", async (_, other, command) => {
    const { trace } = await record();
    const replay = new ReplayTransport(trace, { files });
    await expect(signWith(replay, other)).rejects.toMatchObject({ code: "protocol_error" });
    // The applet passes nothing on of what a transport says of a PIN; the transport itself does.
    const error: unknown = await replay.transmit(bytesOf("00a4040c")).catch((thrown: unknown) => thrown);
    const cause = error instanceof TransportError ? error.cause : undefined;
    expect(cause).toBeInstanceOf(TraceDifference);
    expect(cause).toMatchObject({ expected: expect.stringMatching(`^${command}`), sent: expect.stringMatching(`^${command}`) });
    expect(String(cause)).not.toContain(toHex(utf8(other.pin)));
  });

  test("complains when the trace has come to its end, and when a masked file is not given", async () => {
    const trace = '{"command":"00a4020c020001","response":"9000","ms":0}\n{"command":"00b0000002","response":"****9000","ms":0}';
    const replay = new ReplayTransport(trace);
    expect(toHex(await replay.transmit(bytesOf("00a4020c020001")))).toBe("9000");
    await expect(replay.transmit(bytesOf("00b0000002"))).rejects.toMatchObject({ code: "protocol_error", cause: { message: expect.stringContaining("masked") } });
    await expect(new ReplayTransport("").transmit(bytesOf("00a40000"))).rejects.toMatchObject({ cause: { position: 1, expected: undefined } });
  });

  test("goes on in a file by GET RESPONSE, and fails where the element failed", async () => {
    const trace = ["00a4020c020001 9000", "00b0000202 6102", "00c0000002 ****9000"].map((line) => {
      const [command, response] = line.split(" ");
      return JSON.stringify({ command, response, ms: 0 });
    });
    const replay = new ReplayTransport([...trace, '{"command":"00a40000","error":"card_removed","ms":0}', ""].join("\n"), { files: { "0001": Uint8Array.of(1, 2, 3, 4) } });
    for (const command of ["00a4020c020001", "00b0000202"]) await replay.transmit(bytesOf(command));
    expect(toHex(await replay.transmit(bytesOf("00c0000002")))).toBe("03049000");
    await expect(replay.transmit(bytesOf("00a40000"))).rejects.toMatchObject({ code: "card_removed" });
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["null", "null"],
    ["no command", '{"response":"9000","ms":1}'],
    ["odd hexadecimal", '{"command":"00a","response":"9000","ms":1}'],
    ["half a mask", '{"command":"00a*","response":"9000","ms":1}'],
    ["no time", '{"command":"00a4","response":"9000"}'],
    ["neither response nor error", '{"command":"00a4","ms":1}'],
    ["both response and error", '{"command":"00a4","response":"9000","error":"card_removed","ms":1}'],
    ["an error nobody knows", '{"command":"00a4","error":"toString","ms":1}'],
  ])("refuses a trace with %s, naming the line", (_, line) => {
    expect(() => new ReplayTransport(`\n${line}`)).toThrow(new TypeError("line 2 is no exchange of a trace"));
  });
});
