import { onTestFinished } from "vitest";
import { JpkiApplet } from "../../src/applet/applet.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { EnrolmentServer, type ServerOptions } from "./enrolment-server.ts";
import { imageOf, newKeyPair } from "./fixtures.ts";

const pair = await newKeyPair();

export const openApplet = (): Promise<JpkiApplet> => JpkiApplet.select(new SoftwareSecureElement(imageOf(pair.privateJwk)));

/** The applet of the phone that enrols. */
export const applet = await openApplet();

/** What a browser's passkey ceremony gives; the server looks no further into it. */
export const credential = { id: "id", rawId: "id", type: "public-key", response: { clientDataJSON: "e30", attestationObject: "oA" } };

export type BridgeOptions = Omit<ServerOptions, "publicKey">;

/** The bridge's side, which knows the phone's certificate; it ends with the test. */
export async function startServer(options: BridgeOptions): Promise<EnrolmentServer> {
  const server = await EnrolmentServer.start({ publicKey: pair.publicKey, ...options });
  onTestFinished(() => server.close());
  return server;
}
