import { ApprovalFlow, type ApprovalState, type CreateCredential, EnrolmentClient, JpkiApplet, type SecureElementImage, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import { SoftwareAuthenticator } from "../test/passkeys/software-authenticator.ts";
import { forgetEverybody } from "../test/sdk-faults/forget-everybody.ts";
import { HttpBrowser } from "../test/support/http-browser.ts";
import { linkOf } from "../test/support/journey.ts";
import { startWorld, type World } from "../test/support/world.ts";
import type { Measurement } from "./measurement.ts";
import { enrolByLeast } from "./sdk-least-client.ts";
import { type Consumption, Meter } from "./sdk-meter.ts";

/** Enrolments of each kind; the fastest counts, taken in turn, so that a busy machine slows both. */
const rounds = Math.ceil(10 * Number(process.env["BENCH_SECONDS"] ?? 10));

/** Enrols once at a bridge with a database on disk. */
type Enrol = (meter: Meter) => Promise<Consumption>;

/** What one enrolment costs by the SDK, beside the least that applet and protocol ask for, in one run. */
export async function benchSdk(): Promise<Measurement[]> {
  const world = await startWorld();
  try {
    const image = await world.image("good-phone");
    const sdk = await best(rounds, bySteps(world, image, false), byLeast(world, image, false));
    const extended = await best(1, bySteps(world, image, true), byLeast(world, image, true));
    const phone = await best(1, byApproval(world, image), byLeast(world, image, false));
    return [
      compare("APDUs of one enrolment", "APDUs", sdk, ({ commands }) => commands),
      compare("octets sent to the element", "octets", sdk, ({ sentToElement }) => sentToElement),
      compare("octets received from the element", "octets", sdk, ({ receivedFromElement }) => receivedFromElement),
      compare("APDUs of one enrolment, extended length", "APDUs", extended, ({ commands }) => commands),
      compare("APDUs of one approval with a phone's element", "APDUs", phone, ({ commands }) => commands),
      compare("requests to the bridge", "requests", sdk, ({ requests }) => requests),
      compare("octets sent to the bridge", "octets", sdk, ({ sentToBridge }) => sentToBridge),
      compare("octets received from the bridge", "octets", sdk, ({ receivedFromBridge }) => receivedFromBridge),
      compare("time in the SDK, without element, bridge and authenticator", "ms", sdk, ({ inClient }) => inClient),
    ];
  } finally {
    await world.close();
  }
}

interface Compared {
  readonly ours: Consumption;
  readonly least: Consumption;
}

function compare(name: string, unit: string, { ours, least }: Compared, figure: (consumption: Consumption) => number): Measurement {
  const [value, baseline] = [figure(ours), figure(least)];
  return { name, value: round(value), unit, baseline: { name: "the least by hand", value: round(baseline) }, ratio: round(value / baseline) };
}

/** The one of each that took the least time; counts are the same in all. */
async function best(turns: number, ours: Enrol, least: Enrol): Promise<Compared> {
  const compared = { ours: await ours(new Meter()), least: await least(new Meter()) };
  for (let turn = 1; turn < turns; turn += 1) {
    compared.ours = faster(compared.ours, await ours(new Meter()));
    compared.least = faster(compared.least, await least(new Meter()));
  }
  return compared;
}

const faster = (one: Consumption, other: Consumption): Consumption => (other.inClient < one.inClient ? other : one);

function bySteps(world: World, image: SecureElementImage, extendedLength: boolean): Enrol {
  return async (meter) => {
    const link = await openLink(world);
    const transport = meter.transport(new SoftwareSecureElement(image));
    return meter.run(async () => {
      const client = await EnrolmentClient.open({ link, issuers: [world.issuer], fetch: meter.fetch });
      const stated = await (await client.claim()).statement();
      const applet = await JpkiApplet.select(transport, { extendedLength });
      const proved = await stated.prove({ applet, pin: "1234" });
      if (proved.next !== "passkey") throw new Error(`${proved.next} instead of a passkey`);
      return proved.createPasskey(meter.ceremony(newPasskey(world)));
    });
  };
}

function byLeast(world: World, image: SecureElementImage, extendedLength: boolean): Enrol {
  return async (meter) => {
    const link = await openLink(world);
    const transport = meter.transport(new SoftwareSecureElement(image));
    return meter.run(() => enrolByLeast({ link, transport, fetch: meter.fetch, createCredential: meter.ceremony(newPasskey(world)), extendedLength, now: () => world.now() }));
  };
}

function byApproval(world: World, image: SecureElementImage): Enrol {
  return async (meter) => {
    const link = await openLink(world);
    const transport = meter.transport(new SoftwareSecureElement(image));
    return meter.run(async () => {
      const connect = (): Promise<JpkiApplet> => JpkiApplet.select(transport);
      const flow = ApprovalFlow.start(link, { issuers: [world.issuer], fetch: meter.fetch, medium: "smartphone", connect, createCredential: meter.ceremony(newPasskey(world)) });
      await stateAfterWork(flow);
      await flow.agree();
      await flow.enterPin(new TextEncoder().encode("1234"));
      await flow.createPasskey();
      if (flow.state.step !== "completed") throw new Error(`ended at ${flow.state.step}`);
    });
  };
}

function stateAfterWork(flow: ApprovalFlow): Promise<ApprovalState> {
  return new Promise((resolve) => flow.subscribe((state) => void (state.step === "working" || resolve(state))));
}

/** For a person whom the bridge does not know: what it answers would grow with each passkey. */
async function openLink(world: World): Promise<string> {
  await forgetEverybody(world);
  const browser = new HttpBrowser();
  const page = await browser.open(`${world.issuer}/account/enrolment`);
  return linkOf(await browser.submit(page, "/account/enrolment", { device: "same" }));
}

function newPasskey(world: World): CreateCredential {
  const authenticator = new SoftwareAuthenticator();
  return async (options) => authenticator.create(options as never, world.jlis.origin) as never;
}

const round = (value: number): number => Math.round(value * 100) / 100;
