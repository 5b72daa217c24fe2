import { DpopKey, type EnrolmentStatement, JpkiApplet, type SecureElementImage, SoftwareSecureElement, statementDigest } from "@jpki-bridge/client-sdk";
import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import { toBase64Url } from "../../src/bytes.ts";
import type { SoftwareAuthenticator, Tampering } from "../passkeys/software-authenticator.ts";
import type { World } from "../support/world.ts";

/** An answer to a script or an app. */
export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Proof {
  readonly certificate: string;
  readonly signature: string;
}

const images = new WeakMap<World, Map<string, Promise<SecureElementImage>>>();

/** What a persona's Secure Element holds; asked for once a world. */
export function imageOf(world: World, persona: string): Promise<SecureElementImage> {
  const known = images.get(world) ?? new Map<string, Promise<SecureElementImage>>();
  images.set(world, known);
  const image = known.get(persona) ?? world.image(persona);
  known.set(persona, image);
  return image;
}

/** An app that keeps to no order and no rule: it can send any step, with any key, at any time. */
export class Device {
  readonly world: World;
  readonly transaction: string;
  readonly secret: string;
  readonly key: DpopKey;

  private constructor(world: World, link: string, key: DpopKey) {
    const fragment = new URLSearchParams(new URL(link).hash.slice(1));
    this.world = world;
    this.transaction = fragment.get("txn") ?? "";
    this.secret = fragment.get("secret") ?? "";
    this.key = key;
  }

  static async open(world: World, link: string, key?: DpopKey): Promise<Device> {
    return new Device(world, link, key ?? (await DpopKey.generate()));
  }

  /** Another device that knows the same link. */
  async stranger(): Promise<Device> {
    const fragment = new URLSearchParams({ iss: this.world.issuer, txn: this.transaction, secret: this.secret });
    return Device.open(this.world, `${this.world.jlis.origin}/phone#${fragment.toString()}`);
  }

  url(step: string): string {
    return `${this.world.issuer}/enrolment/v1/transactions/${this.transaction}/${step}`;
  }

  async post(step: string, body: object = {}, dpop?: string): Promise<JsonAnswer> {
    const proof = dpop ?? (await this.key.prove({ method: "POST", url: this.url(step), now: this.world.now() }));
    const headers = { "content-type": "application/json", accept: "application/json", "accept-language": "en", dpop: proof };
    const response = await fetch(this.url(step), { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> };
  }

  claim(): Promise<JsonAnswer> {
    return this.post("claim", { secret: this.secret });
  }

  async statement(number?: string): Promise<EnrolmentStatement> {
    const { body } = await this.post("statement", number === undefined ? {} : { number });
    if (body["statement"] === undefined) throw new Error(`no statement: ${String(body["error"])}`);
    return body["statement"] as EnrolmentStatement;
  }

  async proof(statement: EnrolmentStatement, persona: string): Promise<Proof> {
    return signedBy(await imageOf(this.world, persona), statement);
  }

  prove(proof: Proof): Promise<JsonAnswer> {
    return this.post("proof", proof);
  }

  /** Makes a passkey over the device's own channel. */
  async makePasskey(authenticator: SoftwareAuthenticator, tampering: Tampering = {}, origin = this.world.jlis.origin): Promise<JsonAnswer> {
    const { body } = await this.post("passkey/options");
    return this.post("passkey", { credential: authenticator.create(body["options"] as never, origin, tampering) });
  }
}

/** The proof that a Secure Element gives for a statement. */
export async function signedBy(image: SecureElementImage, statement: EnrolmentStatement): Promise<Proof> {
  const applet = await JpkiApplet.select(new SoftwareSecureElement(image));
  await applet.verifyPin("authentication", "1234");
  const certificate = await applet.readCertificate("authentication");
  const signature = await applet.sign("authentication", await statementDigest(statement));
  return { certificate: toBase64Url(certificate), signature: toBase64Url(signature) };
}

/** The page that a continuation URL opens, in whatever browser it was opened. */
export function continuationOf(url: string): { txn: string; token: string } {
  const fragment = new URLSearchParams(new URL(url).hash.slice(1));
  return { txn: fragment.get("txn") ?? "", token: fragment.get("token") ?? "" };
}

export type Registration = RegistrationResponseJSON;
