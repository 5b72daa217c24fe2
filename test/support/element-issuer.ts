import { createPublicKey } from "node:crypto";
import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import type { IssuedCertificate } from "../../src/sandbox/jlis/ca/state.ts";
import type { Jlis } from "../../src/sandbox/jlis/jlis.ts";
import { people } from "../../src/sandbox/jlis/personas/people.ts";

/** Issues Secure Elements with a certificate each. One key is in all of them: making many takes long, and nobody compares them. */
export async function elementIssuer({ personas, authority }: Jlis): Promise<(holder: string) => Promise<{ readonly image: SecureElementImage; readonly issued: IssuedCertificate }>> {
  const { authentication } = await personas.secureElement("good-phone");
  const { generation, medium, municipality } = personas.view("good-phone").certificate ?? {};
  if (authentication === null || generation === undefined || medium === undefined || municipality === undefined) throw new Error("the persona has no certificate");
  const publicKey = Uint8Array.from(createPublicKey({ key: authentication.key as never, format: "jwk" }).export({ format: "der", type: "spki" }));
  return async (holder) => {
    const issued = await authority.issue({ use: "user-authentication", generation, medium, municipality, person: holder, holder, attributes: people.taro, publicKey, key: null });
    return { image: { authentication: { ...authentication, certificate: issued.certificate }, signature: null }, issued };
  };
}
