import { DpopKey, EnrolmentClient, JpkiApplet, type ResumedEnrolment, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAtAccount, type Setting, startSetting } from "../attacks/setting.ts";
import { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
});
afterAll(() => setting.close());

type Taken = Exclude<ResumedEnrolment, { next: "return" | "done" }>;

async function open(): Promise<EnrolmentClient> {
  const { world } = setting;
  const { link } = await openAtAccount(world, "same");
  return EnrolmentClient.open({ link, issuers: [world.issuer], key: await DpopKey.generate({ extractable: true }), now: () => world.now() });
}

async function step(at: Taken): Promise<ResumedEnrolment> {
  const { world } = setting;
  if (at.next === "claim") return at.claim();
  if (at.next === "statement") return at.statement();
  if (at.next === "signature") return at.sign({ applet: await JpkiApplet.select(new SoftwareSecureElement(await world.image("good-phone"))), pin: "1234" });
  if (at.next === "proof") return at.send();
  if (at.next === "confirmation") return at.confirm("000000");
  return at.createPasskey(async (options) => new SoftwareAuthenticator().create(options as never, world.jlis.origin) as never);
}

const resume = async (saved: unknown): Promise<ResumedEnrolment> => EnrolmentClient.resume(JSON.parse(JSON.stringify(saved)), { issuers: [setting.world.issuer], now: () => setting.world.now() });

async function goTo(next: string): Promise<Taken> {
  let at: ResumedEnrolment = await open();
  while (at.next !== next && at.next !== "return" && at.next !== "done") at = await step(at);
  if (at.next === "return" || at.next === "done") throw new Error("it was over");
  return at;
}

describe("an app that is restarted, at the bridge itself", () => {
  test("at every point", async () => {
    let at: ResumedEnrolment = await open();
    const seen: string[] = [];
    while (at.next !== "return" && at.next !== "done") {
      seen.push(at.next);
      const resumed = await resume(await at.save());
      expect(resumed.next).toBe(at.next);
      at = await step(resumed as Taken);
    }
    expect([...seen, at.next]).toEqual(["claim", "statement", "signature", "proof", "passkey", "return"]);
  });

  // Each row: saved before this step, whose answer never came to be saved.
  test.each<[string, string]>([
    ["statement", "answer_lost"],
    ["proof", "passkey"],
    ["passkey", "done"],
  ])("after %s: %s", async (missed, expected) => {
    const at = await goTo(missed);
    const saved = await at.save();
    await step(at);
    expect(await resume(saved).then(({ next }) => next, ({ code }: { code: string }) => code)).toBe(expected);
  });

  test("a claim whose answer was lost is told from a claim by another device", async () => {
    const client = await open();
    const saved = await client.save();
    await client.claim();
    await expect(resume(saved).then((again) => step(again as Taken))).rejects.toMatchObject({ code: "answer_lost" });
    const stranger = { ...saved, key: await (await DpopKey.generate({ extractable: true })).exportJwk() };
    await expect(resume(stranger).then((again) => step(again as Taken))).rejects.toMatchObject({ code: "transaction_already_claimed" });
  });

  test("a proof that is sent twice counts once, and both senders learn the same", async () => {
    const signed = await goTo("proof");
    if (signed.next !== "proof") throw new Error("a proof was expected next");
    const saved = await signed.save();
    expect((await signed.send()).next).toBe("passkey");
    expect((await signed.send()).next).toBe("passkey");
    expect((await resume(saved)).next).toBe("passkey");
  });

  test("cancelled and expired meanwhile", async () => {
    const cancelled = await goTo("signature");
    const saved = [await cancelled.save(), await (await goTo("statement")).save()];
    await (cancelled.next === "signature" ? cancelled.cancel() : undefined);
    await expect(resume(saved[0])).rejects.toMatchObject({ code: "transaction_cancelled" });
    setting.world.advance(301);
    await expect(resume(saved[1])).rejects.toMatchObject({ code: "transaction_expired" });
  });
});
