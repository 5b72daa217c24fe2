import type { Context } from "koa";
import type { AccountAttributes, VerifiedChoices, VerifiedValue } from "../../views/pages/index.ts";
import { claimOf, isSupportedClaim, type SupportedClaim, supportedClaims } from "../assurance/index.ts";
import type { BasicAttributes } from "../jpki/index.ts";
import { findConsent, type PersonRecord } from "../people/index.ts";
import { heldAttributes, type Interaction } from "../provider/index.ts";
import { likelyPhone } from "./context.ts";
import type { WebPorts } from "./ports.ts";

/** What the consent page shows of the verified claims that are asked for; `undefined` when none is. */
export async function verifiedChoicesOf(ctx: Context, ports: WebPorts, interaction: Interaction, person: PersonRecord): Promise<VerifiedChoices | undefined> {
  const asked = interaction.verifiedClaims;
  if (asked.length === 0) return undefined;
  const held = await heldAttributes(ports.providerPorts, person);
  const decisions = (await findConsent(ports.storage.read, person.id, interaction.client.id))?.verifiedClaims ?? {};
  return {
    choices: supportedClaims.flatMap((name) => {
      const claim = asked.find((each) => each.name === name);
      return claim === undefined ? [] : [{ ...valueOf(name, held?.attributes ?? null), essential: claim.essential, chosen: decisions[name] === true }];
    }),
    ...(held === null && { present: { startUrl: `/interaction/${interaction.uid}/attributes`, likelyPhone: likelyPhone(ctx) } }),
  };
}

/** What the account page shows of the person's attributes; `undefined` where none are accepted. */
export async function accountAttributes(ports: WebPorts, person: PersonRecord): Promise<AccountAttributes | undefined> {
  if (ports.providerPorts.anchors.signature.length === 0) return undefined;
  const held = await heldAttributes(ports.providerPorts, person);
  return {
    values: held === null ? [] : supportedClaims.map((name) => valueOf(name, held.attributes)),
    ...(held !== null && { verifiedAt: held.evidence.verifiedAt, validUntil: held.evidence.expiresAt }),
    presentUrl: "/account/attributes",
    forgetUrl: "/account/attributes/forget",
  };
}

/** The verified claims that a consent lets be known, each with the way to take it back. */
export function sharedVerifiedClaims(decisions: Readonly<Record<string, boolean>>, base: string): { name: SupportedClaim; withholdUrl: string }[] {
  const shared = Object.keys(decisions).filter((name) => decisions[name] === true);
  return shared.filter(isSupportedClaim).map((name) => ({ name, withholdUrl: `${base}/verified-claims/${name}/withhold` }));
}

/** A claim as the person sees it, as far as it is known. */
function valueOf(name: SupportedClaim, attributes: BasicAttributes | null): VerifiedValue {
  const claim = attributes === null ? null : claimOf(name, attributes);
  if (attributes === null || claim === null) return { name };
  if (name === "gender") return { name, ...(attributes.gender !== null && { gender: attributes.gender }) };
  if (name === "birthdate") return { name, value: String(claim) };
  const { text, substituted } = attributes[name];
  return { name, value: text, substituted: substituted.length > 0 };
}
