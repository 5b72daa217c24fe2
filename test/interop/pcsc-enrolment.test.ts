import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EnrolmentClient, JpkiApplet, SoftwareSecureElement, type EnrolmentOutcome } from "@jpki-bridge/client-sdk";
import { serveVirtualCard } from "../../client-sdk/src/simulator/index.ts";
import { loadBinding } from "../../client-sdk/src/transports/pcsc-binding.ts";
import { PcscTransport } from "../../client-sdk/src/transports/pcsc.ts";
import { linkOf, newPerson, openEnrolment, reachCallback, returnToBrowser, signInAgain, type Person } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { missingForReader, startReader, type VpcdReader } from "./vpcd-reader.ts";

/** A whole enrolment with a card in a reader: SDK, pcscd, vpcd, the virtual card of a persona; and a bridge. */

const missing = missingForReader() ?? (await loadBinding().then(() => null, () => "pcsc-mini has no binary for this platform"));
if (missing !== null) process.stderr.write(`skipped: enrolment with a card in a reader, for ${missing}\n`);

describe.runIf(missing === null)("enrolment with a card in a reader", () => {
  let world: World;
  let reader: VpcdReader;
  beforeAll(async () => {
    [world, reader] = await Promise.all([startWorld(), startReader()]);
    // Read by the PC/SC library of this process when it is first used.
    Object.assign(process.env, reader.environment);
  });
  afterAll(async () => {
    await world.close();
    await reader.stop();
  });

  test("the card proves who it is, the bridge binds a passkey, the browser signs in and signs in again", async () => {
    const person = newPerson("good-card");
    const party = await registerRelyingParty(world);
    const signIn = await party.begin();
    const progress = await openEnrolment(person, await person.browser.open(signIn.url), "same");
    const outcome = await withCardInReader(person, async (transport) => enrol(person, transport, linkOf(progress)));
    if (outcome.next !== "return") throw new Error("expected a device-local return");
    const callback = await reachCallback(person, await returnToBrowser(person, outcome.return_url));
    const { sub, ...claims } = (await party.finish(signIn, callback)).claims() ?? {};
    expect(claims).toMatchObject({ ial: 3, aal: 3, acr: "urn:jpki-bridge:ial3-aal3" });

    const second = await signInAgain(world, { ...newPerson(), authenticator: person.authenticator }, party);
    expect((await party.finish(second.signIn, second.callback)).claims()).toMatchObject({ sub, ial: 3, aal: 2 });
  });

  async function withCardInReader<Result>(person: Person, use: (transport: PcscTransport) => Promise<Result>): Promise<Result> {
    const element = new SoftwareSecureElement(await world.image(person.persona));
    const out = new AbortController();
    const served = serveVirtualCard({ host: reader.host, port: reader.port, element, signal: out.signal });
    const transport = new PcscTransport({ wait: true, signal: AbortSignal.timeout(10_000) });
    await transport.open();
    try {
      return await use(transport);
    } finally {
      await transport.close();
      out.abort();
      await served;
    }
  }

  async function enrol(person: Person, transport: PcscTransport, link: string): Promise<EnrolmentOutcome> {
    const applet = await JpkiApplet.select(transport);
    const client = await EnrolmentClient.open({ link, issuers: [world.issuer], language: "en" });
    const stated = await (await client.claim()).statement({});
    const proved = await stated.prove({ applet, pin: "1234" });
    if (proved.next !== "passkey") throw new Error("expected to make a passkey");
    return proved.createPasskey(async (options) => person.authenticator.create(options as never, world.jlis.origin) as never);
  }
});
