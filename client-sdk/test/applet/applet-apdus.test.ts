import { describe, expect, test } from "vitest";
import { JpkiApplet } from "../../src/applet/applet.ts";
import { toHex } from "../../src/bytes.ts";
import { ScriptedTransport } from "../support/scripted-transport.ts";

const selected = "00a4040c0ad392f000260100000001";
const signature = "5a".repeat(256);
const digest = new Uint8Array(32);
const digestInfo = `3031300d060960864801650304020105000420${"00".repeat(32)}`;

type Call = (applet: JpkiApplet) => Promise<unknown>;
const sign: Call = (applet) => applet.sign("authentication", digest);
const read: Call = (applet) => applet.readCertificate("authentication");
const verify: Call = (applet) => applet.verifyPin("authentication", "1234");
const triesLeft: Call = (applet) => applet.triesLeft("authentication");

async function run(call: Call, answers: string[]): Promise<{ outcome: Promise<unknown>; sent: string[] }> {
  const transport = new ScriptedTransport("9000", ...answers);
  const outcome = call(await JpkiApplet.select(transport));
  await outcome.catch(() => undefined);
  return { outcome, sent: transport.sent };
}

// Each row: the answers after the application is selected, and exactly what must be sent for them.
describe("the commands", () => {
  test.each<[string, Call, string[], string[]]>([
    ["triesLeft, authentication", triesLeft, ["9000", "63c3"], ["00a4020c020018", "00200080"]],
    ["triesLeft, signature", (applet) => applet.triesLeft("signature"), ["9000", "63c5"], ["00a4020c02001b", "00200080"]],
    ["verifyPin, authentication", verify, ["9000", "9000"], ["00a4020c020018", "002000800431323334"]],
    ["verifyPin, signature", (applet) => applet.verifyPin("signature", "ABC123"), ["9000", "9000"], ["00a4020c02001b", "0020008006414243313233"]],
    ["sign, authentication", sign, ["9000", `${signature}9000`], ["00a4020c020017", `802a008033${digestInfo}00`]],
    ["sign, signature", (applet) => applet.sign("signature", digest), ["9000", `${signature}9000`], ["00a4020c02001a", `802a008033${digestInfo}00`]],
    ["readCertificate, authentication", read, ["9000", "300301029000", "039000"], ["00a4020c02000a", "00b0000004", "00b0000401"]],
    ["readCertificate, signature", (applet) => applet.readCertificate("signature"), ["9000", "300201029000"], ["00a4020c020001", "00b0000004"]],
    ["readCaCertificate, authentication", (applet) => applet.readCaCertificate("authentication"), ["9000", "300201029000"], ["00a4020c02000b", "00b0000004"]],
    ["readCaCertificate, signature", (applet) => applet.readCaCertificate("signature"), ["9000", "300201029000"], ["00a4020c020002", "00b0000004"]],
    [
      "blocks of 256, the offset in P1-P2, the last as long as what is left",
      read,
      ["9000", "308202009000", `${"00".repeat(256)}9000`, `${"00".repeat(256)}9000`],
      ["00a4020c02000a", "00b0000004", "00b0000400", "00b0010400"],
    ],
    ["T=0: GET RESPONSE until there is no more", sign, ["9000", "6100", `${"5a".repeat(200)}6138`, `${"5a".repeat(56)}9000`], ["00a4020c020017", `802a008033${digestInfo}00`, "00c0000000", "00c0000038"]],
    ["T=0: again with the right Le", read, ["9000", "6c02", "30029000", "01029000"], ["00a4020c02000a", "00b0000004", "00b0000002", "00b0000202"]],
  ])("%s", async (_, call, answers, commands) => {
    const { outcome, sent } = await run(call, answers);
    await expect(outcome).resolves.not.toThrow();
    expect(sent).toEqual([selected, ...commands]);
  });

  test("GET RESPONSE: the parts are put together", async () => {
    const { outcome } = await run(sign, ["9000", "6100", `${"5a".repeat(200)}6138`, `${"5a".repeat(56)}9000`]);
    expect(toHex((await outcome) as Uint8Array)).toBe(signature);
  });

  test.each([
    ["63c3", 3],
    ["63c0", 0],
    ["63cf", 15],
    ["6983", 0],
    ["9000", 3],
  ])("triesLeft: %s tells of %i", async (answer, expected) => {
    expect(await (await run(triesLeft, ["9000", answer])).outcome).toBe(expected);
  });
});

describe("status words and answers that are refused", () => {
  test.each<[string, Call, string[], object]>([
    ["no such file", read, ["6a82"], { code: "file_not_found", status: 0x6a82 }],
    ["PIN needed to select", read, ["6982"], { code: "security_status_not_satisfied" }],
    ["PIN needed to read", read, ["9000", "6982"], { code: "security_status_not_satisfied" }],
    ["PIN needed to sign", sign, ["9000", "6982"], { code: "security_status_not_satisfied", status: 0x6982 }],
    ["wrong PIN, 2 left", verify, ["9000", "63c2"], { code: "pin_wrong", triesLeft: 2, status: 0x63c2 }],
    ["wrong PIN, 15 left", verify, ["9000", "63cf"], { code: "pin_wrong", triesLeft: 15 }],
    ["wrong PIN, none left", verify, ["9000", "63c0"], { code: "pin_blocked", triesLeft: 0 }],
    ["blocked", verify, ["9000", "6983"], { code: "pin_blocked", triesLeft: 0 }],
    ["wrong, tries not told", verify, ["9000", "6300"], { code: "unexpected_status", status: 0x6300 }],
    ["wrong length", sign, ["9000", "6700"], { code: "unexpected_status", status: 0x6700 }],
    ["wrong data", sign, ["9000", "6a80"], { code: "unexpected_status", status: 0x6a80 }],
    ["unknown instruction", sign, ["9000", "6d00"], { code: "unexpected_status", status: 0x6d00 }],
    ["no diagnosis", sign, ["9000", "6f00"], { code: "unexpected_status", status: 0x6f00 }],
    ["counter: something else", triesLeft, ["9000", "6a86"], { code: "unexpected_status", status: 0x6a86 }],
    ["no status word", sign, ["9000", "90"], { code: "response_malformed" }],
    ["no answer", sign, ["9000", ""], { code: "response_malformed" }],
    ["signature one octet short", sign, ["9000", `${"5a".repeat(255)}9000`], { code: "response_malformed" }],
    ["signature one octet long", sign, ["9000", `${"5a".repeat(257)}9000`], { code: "response_malformed" }],
    ["GET RESPONSE that gives nothing", sign, ["9000", "6110", "6110"], { code: "response_malformed" }],
    ["GET RESPONSE that ends badly", sign, ["9000", "6110", "6f00"], { code: "unexpected_status", status: 0x6f00 }],
    ["Le wrong twice", sign, ["9000", "6c10", "6c20"], { code: "unexpected_status", status: 0x6c20 }],
    ["file: empty", read, ["9000", "6282"], { code: "file_malformed" }],
    ["file: shorter than it says", read, ["9000", "308201009000", "6b00"], { code: "file_malformed", status: 0x6b00 }],
    ["file: no SEQUENCE", read, ["9000", "ffffffff9000"], { code: "file_malformed" }],
    ["file: indefinite length", read, ["9000", "308000009000"], { code: "file_malformed" }],
    ["file: length not minimal, 81", read, ["9000", "30817f009000"], { code: "file_malformed" }],
    ["file: length not minimal, 82", read, ["9000", "308200ff9000"], { code: "file_malformed" }],
    ["file: length of three octets", read, ["9000", "308301009000"], { code: "file_malformed" }],
    ["file: over 16 KiB", read, ["9000", "30823ffd9000"], { code: "file_malformed" }],
    ["file: an error in the middle", read, ["9000", "308201009000", "6581"], { code: "unexpected_status", status: 0x6581 }],
  ])("%s", async (_, call, answers, error) => {
    const { outcome } = await run(call, answers);
    await expect(outcome).rejects.toMatchObject({ name: "AppletError", ...error });
  });

  test("a transport that never ends its answer is left", async () => {
    const endless = Array.from({ length: 300 }, () => `${"00".repeat(256)}6100`);
    await expect((await run(sign, ["9000", "6100", ...endless])).outcome).rejects.toMatchObject({ code: "response_malformed" });
  });

  test.each([
    ["6a82", { code: "applet_not_found", status: 0x6a82 }],
    ["6999", { code: "unexpected_status", status: 0x6999 }],
    ["", { code: "response_malformed" }],
  ])("select: %j", async (answer, error) => {
    await expect(JpkiApplet.select(new ScriptedTransport(answer))).rejects.toMatchObject(error);
  });
});
