import { beforeAll, describe, expect, test } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/bytes.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { imageOf, newKeyPair } from "../support/fixtures.ts";

let key: JsonWebKey;
beforeAll(async () => {
  key = (await newKeyPair()).privateJwk;
});

const pinFiles = { authentication: "0018", signature: "001b" } as const;
const rightPins = { authentication: "1234", signature: "ABC123" } as const;
const wrongPins = { authentication: "9999", signature: "ZZZZZZ" } as const;
type Use = keyof typeof pinFiles;
type Step = "right" | "wrong" | "ask" | "reset";

async function send(element: SoftwareSecureElement, hex: string): Promise<string> {
  return toHex(await element.transmit(fromHex(hex) ?? new Uint8Array()));
}

async function select(element: SoftwareSecureElement, use: Use): Promise<void> {
  await send(element, "00a4040c0ad392f000260100000001");
  await send(element, `00a4020c02${pinFiles[use]}`);
}

async function take(element: SoftwareSecureElement, use: Use, step: Step): Promise<string> {
  if (step === "ask") return send(element, "00200080");
  if (step === "reset") {
    element.reset();
    await select(element, use);
    return "";
  }
  const pin = toHex(utf8(step === "right" ? rightPins[use] : wrongPins[use]));
  return send(element, `00200080${(pin.length / 2).toString(16).padStart(2, "0")}${pin}`);
}

// Each row: the steps, the answers to them, and what counters() says in the end.
describe("retry counters", () => {
  test.each<[string, Use, Step[], string[], number]>([
    ["asking spends none", "authentication", ["ask", "ask"], ["63c3", "63c3"], 3],
    ["three wrong ones block", "authentication", ["wrong", "wrong", "wrong", "wrong"], ["63c2", "63c1", "63c0", "6983"], 0],
    ["five wrong ones block", "signature", ["wrong", "wrong", "wrong", "wrong", "wrong", "wrong"], ["63c4", "63c3", "63c2", "63c1", "63c0", "6983"], 0],
    ["a right one sets it back", "authentication", ["wrong", "wrong", "right", "ask"], ["63c2", "63c1", "9000", "63c3"], 3],
    ["blocked refuses the right one too", "authentication", ["wrong", "wrong", "wrong", "right", "ask"], ["63c2", "63c1", "63c0", "6983", "63c0"], 0],
    ["a reset does not set it back", "authentication", ["wrong", "reset", "ask"], ["63c2", "", "63c2"], 2],
    ["a reset does not unblock", "authentication", ["wrong", "wrong", "wrong", "reset", "right"], ["63c2", "63c1", "63c0", "", "6983"], 0],
  ])("%s (%s, %s)", async (_, use, steps, answers, left) => {
    const element = new SoftwareSecureElement(imageOf(key));
    await select(element, use);
    const seen: string[] = [];
    for (const step of steps) seen.push(await take(element, use, step));
    expect(seen).toEqual(answers);
    const other = use === "authentication" ? { signature: 5 } : { authentication: 3 };
    expect(element.counters()).toEqual({ ...other, [use]: left });
  });

  test("are kept with the image", async () => {
    const element = new SoftwareSecureElement(imageOf(key, { authentication: { triesLeft: 1 } }));
    await select(element, "authentication");
    expect(await take(element, "authentication", "wrong")).toBe("63c0");
    const again = new SoftwareSecureElement(imageOf(key, { authentication: { triesLeft: element.counters().authentication ?? 3 } }));
    await select(again, "authentication");
    expect(await take(again, "authentication", "right")).toBe("6983");
  });
});
