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
const spend: Call = (applet) => applet.verifyPin("authentication", "1234", { spendLastTry: true });
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
    ["verifyPin, authentication", verify, ["9000", "63c3", "9000"], ["00a4020c020018", "00200080", "002000800431323334"]],
    ["verifyPin, signature", (applet) => applet.verifyPin("signature", "ABC123"), ["9000", "63c5", "9000"], ["00a4020c02001b", "00200080", "0020008006414243313233"]],
    ["verifyPin once more", verify, ["9000", "9000", "9000"], ["00a4020c020018", "00200080", "002000800431323334"]],
    ["verifyPin, the last try", spend, ["9000", "63c1", "9000"], ["00a4020c020018", "00200080", "002000800431323334"]],
    ["sign, authentication", sign, ["9000", `${signature}9000`], ["00a4020c020017", `802a008033${digestInfo}00`]],
    ["sign, signature", (applet) => applet.sign("signature", digest), ["9000", `${signature}9000`], ["00a4020c02001a", `802a008033${digestInfo}00`]],
    ["readCertificate, authentication", read, ["9000", "300301029000", "039000"], ["00a4020c02000a", "00b0000000", "00b0000401"]],
    ["readCertificate, signature", (applet) => applet.readCertificate("signature"), ["9000", "300201029000"], ["00a4020c020001", "00b0000000"]],
    ["readCaCertificate, authentication", (applet) => applet.readCaCertificate("authentication"), ["9000", "300201029000"], ["00a4020c02000b", "00b0000000"]],
    ["readCaCertificate, signature", (applet) => applet.readCaCertificate("signature"), ["9000", "300201029000"], ["00a4020c020002", "00b0000000"]],
    [
      "blocks of 256, the offset in P1-P2, the last as long as what is left",
      read,
      ["9000", `30820200${"00".repeat(252)}9000`, `${"00".repeat(256)}9000`, "000000009000"],
      ["00a4020c02000a", "00b0000000", "00b0010000", "00b0020004"],
    ],
  ])("%s", async (_, call, answers, commands) => {
    const { outcome, sent } = await run(call, answers);
    await expect(outcome).resolves.not.toThrow();
    expect(sent).toEqual([selected, ...commands]);
  });

  test.each([
    ["63c3", 3],
    ["63c0", 0],
    ["63cf", 15],
    ["6983", 0],
    ["6984", 0],
    ["9000", 3],
  ])("triesLeft: %s tells of %i", async (answer, expected) => {
    expect(await (await run(triesLeft, ["9000", answer])).outcome).toBe(expected);
  });
});

describe("status words and answers that are refused", () => {
  test.each<[string, Call, string[], object]>([
    ["no such certificate", read, ["6a82"], { code: "certificate_absent", status: 0x6a82 }],
    ["no such PIN", verify, ["6a82"], { code: "file_not_found", status: 0x6a82 }],
    ["no such key", sign, ["6a82"], { code: "file_not_found", status: 0x6a82 }],
    ["PIN needed to select", read, ["6982"], { code: "security_status_not_satisfied" }],
    ["PIN needed to read", read, ["9000", "6982"], { code: "security_status_not_satisfied" }],
    ["PIN needed to sign", sign, ["9000", "6982"], { code: "security_status_not_satisfied", status: 0x6982 }],
    ["wrong PIN, 2 left", verify, ["9000", "63c3", "63c2"], { code: "pin_wrong", triesLeft: 2, status: 0x63c2 }],
    ["wrong PIN, 14 left", verify, ["9000", "63cf", "63ce"], { code: "pin_wrong", triesLeft: 14 }],
    ["wrong PIN, none left", verify, ["9000", "63c2", "63c0"], { code: "pin_blocked", triesLeft: 0 }],
    ["wrong PIN on the last try", spend, ["9000", "63c1", "63c0"], { code: "pin_blocked", triesLeft: 0 }],
    ["blocked meanwhile", verify, ["9000", "63c3", "6983"], { code: "pin_blocked", triesLeft: 0 }],
    ["wrong, tries not told", verify, ["9000", "63c3", "6300"], { code: "unexpected_status", status: 0x6300 }],
    ["wrong length", sign, ["9000", "6700"], { code: "unexpected_status", status: 0x6700 }],
    ["wrong data", sign, ["9000", "6a80"], { code: "unexpected_status", status: 0x6a80 }],
    ["unknown instruction", sign, ["9000", "6d00"], { code: "unexpected_status", status: 0x6d00 }],
    ["no diagnosis", sign, ["9000", "6f00"], { code: "unexpected_status", status: 0x6f00 }],
    ["counter: something else", triesLeft, ["9000", "6a86"], { code: "unexpected_status", status: 0x6a86 }],
    ["Le wrong twice", sign, ["9000", "6c10", "6c20"], { code: "unexpected_status", status: 0x6c20 }],
    ["file: empty, end of file", read, ["9000", "6282"], { code: "certificate_absent" }],
    ["file: empty, success", read, ["9000", "9000"], { code: "certificate_absent" }],
    ["file: empty, no such offset", read, ["9000", "6b00"], { code: "certificate_absent", status: 0x6b00 }],
    ["file: empty, nothing to read", read, ["9000", "6a82"], { code: "certificate_absent" }],
    ["file: never written, FF", read, ["9000", `${"ff".repeat(256)}9000`], { code: "certificate_absent" }],
    ["file: never written, 00", read, ["9000", "000000009000"], { code: "certificate_absent" }],
    ["file: something else", read, ["9000", "ff0000009000"], { code: "file_malformed" }],
    ["file: nothing more in the middle", read, ["9000", "308201009000", "9000"], { code: "file_malformed" }],
    ["file: shorter than it says", read, ["9000", "308201009000", "6b00"], { code: "file_malformed", status: 0x6b00 }],
    ["file: no SEQUENCE", read, ["9000", "020101009000"], { code: "file_malformed" }],
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

  // An answer that cannot be that to the command: nothing that comes after it can be believed.
  test.each<[string, Call, string[]]>([
    ["no status word", sign, ["9000", "90"]],
    ["no answer", sign, ["9000", ""]],
    ["a signature for the selection of a file", sign, [`${signature}9000`]],
    ["success without a signature", sign, ["9000", "9000"]],
    ["signature one octet short", sign, ["9000", `${"5a".repeat(255)}9000`]],
    ["signature one octet long", sign, ["9000", `${"5a".repeat(257)}9000`]],
    ["a block longer than asked for", read, ["9000", "308201009000", `${"00".repeat(257)}9000`]],
    ["a wrong PIN that cost no try", verify, ["9000", "63c3", "63c3"]],
  ])("%s", async (_, call, answers) => {
    const transport = new ScriptedTransport("9000", ...answers);
    const applet = await JpkiApplet.select(transport);
    await expect(call(applet)).rejects.toMatchObject({ name: "TransportError", code: "protocol_error" });
    await expect(triesLeft(applet)).rejects.toMatchObject({ name: "TransportError", code: "connection_closed" });
    expect(transport.sent).toHaveLength(answers.length + 1);
  });
});

describe("the PIN is not sent", () => {
  test.each<[string, string, object]>([
    ["when it is blocked, by the counter", "63c0", { code: "pin_blocked", triesLeft: 0 }],
    ["when it is blocked", "6983", { code: "pin_blocked", triesLeft: 0 }],
    ["for the last try", "63c1", { code: "pin_last_try", triesLeft: 1 }],
    ["when the counter is not told", "6a86", { code: "unexpected_status", status: 0x6a86 }],
  ])("%s", async (_, answer, error) => {
    const { outcome, sent } = await run(verify, ["9000", answer]);
    await expect(outcome).rejects.toMatchObject({ name: "AppletError", ...error });
    expect(sent).toEqual([selected, "00a4020c020018", "00200080"]);
  });

  test("when it is blocked, not even for the last try", async () => {
    const { outcome, sent } = await run(spend, ["9000", "63c0"]);
    await expect(outcome).rejects.toMatchObject({ code: "pin_blocked", triesLeft: 0 });
    expect(sent).toHaveLength(3);
  });
});

describe("select", () => {
  test.each(["6a82", "6a81", "6999", "6d00", "6283"])("%s: another kind of card", async (answer) => {
    await expect(JpkiApplet.select(new ScriptedTransport(answer))).rejects.toMatchObject({ code: "applet_not_found", status: Number.parseInt(answer, 16) });
  });

  const card = Uint8Array.of(0x30, 0x82, 0x02, 0x00, ...new Uint8Array(512).fill(7));
  const start = toHex(card.slice(0, 256));
  test.each<[string, string[], object | null]>([
    ["the same card", ["9000", `${start}9000`], null],
    ["the same card, in two parts", ["9000", `${start.slice(0, 20)}9000`, `${start.slice(20)}9000`], null],
    ["another card", ["9000", `${start.slice(0, -2)}089000`], { code: "wrong_card" }],
    ["a card without a certificate", ["6a82"], { code: "certificate_absent" }],
  ])("again: %s", async (_, answers, error) => {
    const transport = new ScriptedTransport("9000", ...answers);
    const outcome = await JpkiApplet.select(transport, { sameCardAs: card }).then(() => null, (reason: unknown) => reason);
    if (error === null) expect(outcome).toBeNull();
    else expect(outcome).toMatchObject(error);
    expect(transport.sent.slice(0, 3)).toEqual([selected, "00a4020c02000a", "00b0000000"].slice(0, answers.length + 1));
  });
});
