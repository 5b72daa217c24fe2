import type { Context } from "koa";
import type { AccountActName, AccountEnding } from "../../views/pages/index.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId, type EvidenceId, type PasskeyId } from "../identifiers.ts";
import { type Activity, endLink, erasePerson, findActivity, findConsent, holdPerson, type PersonRecord, removePasskey, renewPseudonym, reportActivity, surrenderPhone, suspendPasskey, withdrawAttributes, withdrawConsent } from "../people/index.ts";
import { findRelyingParty, listRelyingParties, sectorOf } from "../relying-parties/index.ts";
import { partyOf } from "./account-services.ts";
import { pathId } from "./context.ts";
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
  run(ctx: Context, person: PersonRecord): Promise<void>;
  /** Where the person goes on while the session counts. */
  back(ctx: Context): string;
  /** What they are told when it is over, with what follows; null of what ends no session of theirs. */
  readonly over: { readonly ending: AccountEnding; readonly next: string } | null;
}

/** All of them but the export, which ends nothing. */
export function actsOf(ports: WebPorts): readonly Act[] {
  const { storage, clock } = ports;
  const asked = ({ id: personId }: PersonRecord) => ({ personId, at: clock(), policy: ports.providerPorts.assurance });
  const serviceName: Act["subject"] = async (ctx, { id }) => (await connectedService(ctx, ports, id)).name;
  const overview = (notice: string) => () => `/account?notice=${notice}`;
  return [
    {
      name: "hold", path: "/hold", needsFresh: false, isFinal: false, subject: async () => null,
      run: (_ctx, person) => holdPerson(storage, { ...asked(person), by: "person", liftedBy: "signature" }),
      back: () => "/account", over: { ending: "held", next: "/recovery/release" },
    },
    {
      name: "suspend", path: "/passkeys/:id/suspend", needsFresh: true, isFinal: false, subject: passkeyName,
      run: (ctx, person) => suspendPasskey(storage, { ...asked(person), passkeyId: passkeyIn(ctx) }),
      back: overview("suspended"), over: { ending: "suspended", next: "/recovery/release" },
    },
    {
      name: "remove", path: "/passkeys/:id/remove", needsFresh: true, isFinal: false, subject: passkeyName,
      run: (ctx, person) => storage.transaction((transaction) => removePasskey(transaction, ports.providerPorts.assurance, person, passkeyIn(ctx), clock())),
      back: (ctx) => `/account?notice=removed&passkey=${passkeyIn(ctx)}`, over: { ending: "removed", next: "/account" },
    },
    {
      name: "surrender", path: "/passkeys/:id/surrender", needsFresh: true, isFinal: false, subject: passkeyName,
      run: (ctx, person) => surrenderPhone(storage, { ...asked(person), passkeyId: passkeyIn(ctx) }),
      back: overview("surrendered"), over: { ending: "surrendered", next: "/recovery/recover" },
    },
    {
      name: "unlink", path: "/certificates/:id/unlink", needsFresh: true, isFinal: false, subject: linkedCertificate,
      run: (ctx, person) => endLink(storage, { ...asked(person), evidenceId: asIdentifier<EvidenceId>(pathId(ctx, "id")) }),
      back: overview("unlinked"), over: { ending: "unlinked", next: "/account" },
    },
    {
      name: "disconnect", path: "/services/:id/disconnect", needsFresh: true, isFinal: false, subject: serviceName,
      run: async (ctx, { id }) => {
        await connectedService(ctx, ports, id);
        await withdrawConsent(storage, id, clientIn(ctx), clock());
      },
      back: overview("disconnected"), over: null,
    },
    {
      name: "forget", path: "/attributes/forget", needsFresh: true, isFinal: false, subject: async () => null,
      run: (_ctx, { id }) => withdrawAttributes(storage, id, clock()),
      back: () => "/account/data?notice=forgotten", over: null,
    },
    {
      name: "renew_pseudonym", path: "/services/:id/pseudonym", needsFresh: true, isFinal: false, subject: serviceName,
      run: async (ctx, { id: personId }) => {
        await connectedService(ctx, ports, personId);
        await renewPseudonym(storage, { personId, at: clock(), ...(await sectorMembers(ports, clientIn(ctx))) });
      },
      back: (ctx) => `/account/services/${clientIn(ctx)}?notice=pseudonym_renewed`, over: null,
    },
    {
      name: "report", path: "/activity/:id/report", needsFresh: true, isFinal: false,
      subject: async (ctx, person) => {
        await reportedActivity(ctx, ports, person);
        return null;
      },
      run: async (ctx, person) => reportActivity(storage, { ...asked(person), activity: await reportedActivity(ctx, ports, person) }),
      back: () => "/account/hold?notice=reported", over: { ending: "reported", next: "/recovery/hold" },
    },
    {
      name: "erase", path: "/erase", needsFresh: true, isFinal: true, subject: async () => null,
      run: (_ctx, person) => erasePerson(storage, { ...asked(person), by: "person" }),
      back: () => "/account", over: { ending: "erased", next: "/" },
    },
  ];
}

const passkeyIn = (ctx: Context): PasskeyId => asIdentifier<PasskeyId>(pathId(ctx, "id"));
const clientIn = (ctx: Context): ClientId => asIdentifier<ClientId>(pathId(ctx, "id"));

async function passkeyName(ctx: Context, { passkeys }: PersonRecord): Promise<string | null> {
  const passkey = passkeys.find(({ id, state }) => id === passkeyIn(ctx) && state !== "revoked");
  if (passkey === undefined) throw new Refusal("not_found", "no such passkey");
  return passkey.name === "" ? null : passkey.name;
}

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
