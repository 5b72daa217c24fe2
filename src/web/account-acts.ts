import type { Context } from "koa";
import type { AccountActName, AccountEnding } from "../../views/pages/index.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId, type EvidenceId, type PasskeyId } from "../identifiers.ts";
import { type Activity, endLink, erasePerson, findActivity, findConsent, holdPerson, type PersonRecord, removePasskey, renewPseudonym, reportActivity, surrenderPhone, suspendPasskey, withdrawAttributes, withdrawConsent } from "../people/index.ts";
import type { AuthenticationFacts } from "../provider/index.ts";
import { findRelyingParty, listRelyingParties, sectorOf } from "../relying-parties/index.ts";
import { partyOf } from "./account-services.ts";
import { pathId } from "./context.ts";
import { passkeyLabel } from "./passkey-number.ts";
import type { WebPorts } from "./ports.ts";

/** Something that a person may do to their account which ends much. */
export interface Act {
  readonly name: AccountActName;
  /** Below `/account`. */
  readonly path: string;
  /** Whether a passkey or certificate must have been used within five minutes. A hold must not wait for that. */
  readonly needsFresh: boolean;
  /** Whether the person must say that they know it cannot be undone. */
  readonly isFinal: boolean;
  /** The name of what it is done to; null for the account. @throws Refusal `not_found`. */
  subject(ctx: Context, person: PersonRecord): Promise<string | null>;
  /** Does it. @returns where the person goes on while the session counts. */
  run(ctx: Context, person: PersonRecord, facts: AuthenticationFacts): Promise<string>;
  /** What they are told when it is over, with what follows; null of what ends no session of theirs. */
  readonly over: { readonly ending: AccountEnding; readonly next: string } | null;
}

/** All of them but the export, which ends nothing. */
export function actsOf(ports: WebPorts): readonly Act[] {
  const { storage, clock } = ports;
  const asked = ({ id: personId }: PersonRecord) => ({ personId, at: clock(), policy: ports.providerPorts.assurance });
  const serviceName: Act["subject"] = async (ctx, { id }) => (await connectedService(ctx, ports, id)).name;
  const namedPasskey = async (ctx: Context, person: PersonRecord): Promise<string> => {
    const passkey = person.passkeys.find(({ id, state }) => id === passkeyIn(ctx) && state !== "revoked");
    if (passkey === undefined) throw new Refusal("not_found", "no such passkey");
    return passkeyLabel(ctx, ports, person, passkey);
  };
  return [
    {
      name: "hold", path: "/hold", needsFresh: false, isFinal: false, subject: async () => null,
      over: { ending: "held", next: "/recovery/release" },
      run: async (_ctx, person) => {
        await holdPerson(storage, { ...asked(person), by: "person", liftedBy: "signature" });
        return "/account";
      },
    },
    {
      name: "suspend", path: "/passkeys/:id/suspend", needsFresh: true, isFinal: false, subject: namedPasskey,
      over: { ending: "suspended", next: "/recovery/release" },
      run: async (ctx, person) => {
        await suspendPasskey(storage, { ...asked(person), passkeyId: passkeyIn(ctx) });
        return "/account?notice=suspended";
      },
    },
    {
      name: "remove", path: "/passkeys/:id/remove", needsFresh: true, isFinal: false, subject: namedPasskey,
      over: { ending: "removed", next: "/account" },
      run: async (ctx, person) => {
        await storage.transaction((transaction) => removePasskey(transaction, ports.providerPorts.assurance, person, passkeyIn(ctx), clock()));
        return `/account?notice=removed&passkey=${passkeyIn(ctx)}`;
      },
    },
    {
      name: "surrender", path: "/passkeys/:id/surrender", needsFresh: true, isFinal: false, subject: namedPasskey,
      over: { ending: "surrendered", next: "/recovery/recover" },
      run: async (ctx, person) => {
        await surrenderPhone(storage, { ...asked(person), passkeyId: passkeyIn(ctx) });
        return "/account?notice=surrendered";
      },
    },
    {
      name: "unlink", path: "/certificates/:id/unlink", needsFresh: true, isFinal: false, subject: linkedCertificate,
      over: { ending: "unlinked", next: "/account" },
      run: async (ctx, person, { passkeyId, signature }) => {
        const by = { passkeyId, signedWith: signature === null ? null : asIdentifier<EvidenceId>(signature.evidence) };
        await endLink(storage, { ...asked(person), by, evidenceId: asIdentifier<EvidenceId>(pathId(ctx, "id")) });
        return "/account?notice=unlinked";
      },
    },
    {
      name: "disconnect", path: "/services/:id/disconnect", needsFresh: true, isFinal: false, subject: serviceName, over: null,
      run: async (ctx, { id }) => {
        await connectedService(ctx, ports, id);
        await withdrawConsent(storage, id, clientIn(ctx), clock());
        return "/account?notice=disconnected";
      },
    },
    {
      name: "forget", path: "/attributes/forget", needsFresh: true, isFinal: false, subject: async () => null, over: null,
      run: async (_ctx, { id }) => {
        await withdrawAttributes(storage, id, clock());
        return "/account/data?notice=forgotten";
      },
    },
    {
      name: "renew_pseudonym", path: "/services/:id/pseudonym", needsFresh: true, isFinal: false, subject: serviceName, over: null,
      run: async (ctx, { id: personId }) => {
        await connectedService(ctx, ports, personId);
        await renewPseudonym(storage, { personId, at: clock(), ...(await sectorMembers(ports, clientIn(ctx))) });
        return `/account/services/${clientIn(ctx)}?notice=pseudonym_renewed`;
      },
    },
    {
      name: "report", path: "/activity/:id/report", needsFresh: true, isFinal: false, over: { ending: "reported", next: "/recovery/hold" },
      subject: async (ctx, person) => {
        const { passkeyId } = await reportedActivity(ctx, ports, person);
        const passkey = person.passkeys.find(({ id }) => id === passkeyId);
        return passkey === undefined ? null : passkeyLabel(ctx, ports, person, passkey);
      },
      run: async (ctx, person) => {
        const hasEndedPasskey = await reportActivity(storage, { ...asked(person), activity: await reportedActivity(ctx, ports, person) });
        return `/account/hold?notice=${hasEndedPasskey ? "reported" : "reported_sessions"}`;
      },
    },
    {
      name: "erase", path: "/erase", needsFresh: true, isFinal: true, subject: async () => null,
      over: { ending: "erased", next: "/" },
      run: async (_ctx, person) => {
        await erasePerson(storage, { ...asked(person), by: "person" });
        return "/account";
      },
    },
  ];
}

const passkeyIn = (ctx: Context): PasskeyId => asIdentifier<PasskeyId>(pathId(ctx, "id"));
const clientIn = (ctx: Context): ClientId => asIdentifier<ClientId>(pathId(ctx, "id"));

async function linkedCertificate(ctx: Context, { evidence }: PersonRecord): Promise<null> {
  const id = pathId(ctx, "id");
  if (!evidence.some((each) => each.id === id && each.continuity !== null)) throw new Refusal("not_found", "no such link");
  return null;
}

async function connectedService(ctx: Context, ports: WebPorts, personId: PersonRecord["id"]): Promise<{ readonly name: string }> {
  const clientId = clientIn(ctx);
  if ((await findConsent(ports.storage.read, personId, clientId)) === null) throw new Refusal("not_found", "no such connection");
  return partyOf(ports, clientId);
}

/** The sector of a relying party, and all who know the person by its pseudonym. @throws Refusal `not_found`. */
async function sectorMembers({ storage }: WebPorts, clientId: ClientId): Promise<{ readonly sector: string; readonly clients: readonly ClientId[] }> {
  const registered = await findRelyingParty(storage, clientId);
  if (registered === null) throw new Refusal("not_found", "registered no more");
  const sector = sectorOf(registered.metadata.redirect_uris);
  const all = await listRelyingParties(storage);
  return { sector, clients: all.filter(({ metadata }) => sectorOf(metadata.redirect_uris) === sector).map((party) => party.clientId) };
}

async function reportedActivity(ctx: Context, ports: WebPorts, person: PersonRecord): Promise<Activity> {
  const activity = await findActivity(ports.storage.read, person, pathId(ctx, "id"));
  if (activity === null || !activity.isReportable) throw new Refusal("not_found", "no such activity");
  return activity;
}
