import type { Context } from "koa";
import { type AccountCertificate, type AccountContext, accountDataPage, type AccountLevel, accountPage, type AccountPasskey, type PasskeySignals } from "../../views/pages/index.ts";
import { type Reason, reasonsFor } from "../assurance/index.ts";
import { toBase64Url } from "../bytes.ts";
import { type EvidenceRecord, evidenceState, noticeDays, type PasskeyRecord, type PersonRecord } from "../people/index.ts";
import { assuranceOf, noClient } from "../provider/index.ts";
import { accountNotice } from "./account-notice.ts";
import { servicesOf } from "./account-services.ts";
import type { AccountSession } from "./account-session.ts";
import { modelView } from "./authenticator-model.ts";
import { sendPage } from "./context.ts";
import { passkeyNumber } from "./passkey-number.ts";
import type { WebPorts } from "./ports.ts";
import { accountAttributes } from "./verified-claims-view.ts";

/** The account page of a signed-in person. */
export async function showAccount(ctx: Context, ports: WebPorts, { person, facts }: AccountSession): Promise<void> {
  const usable = person.passkeys.filter(({ state }) => state === "active" || state === "suspended");
  const active = usable.filter(({ state }) => state === "active");
  const removed = person.passkeys.filter(({ id, state }) => state === "revoked" && id === ctx.query["passkey"]);
  const mayGo = (passkey: PasskeyRecord): boolean => passkey.state === "suspended" || active.length > 1;
  sendPage(ctx, ports, accountPage, {
    passkeys: usable.map((entry) => passkeyView(ctx, ports, person, entry, { current: entry.id === facts.passkeyId, removable: mayGo(entry) })),
    certificates: person.evidence.filter((entry) => speaks(entry, ports.clock())).map((entry) => certificateView(entry, ports.clock())),
    levels: levelsOf(ports, { person, facts }),
    approvals: { count: (await ports.provider.approvals.waiting(person.id)).length, url: "/approve" },
    services: await servicesOf(ports, person),
    signOutUrl: "/account/sign-out",
    addPasskeyUrl: "/account/enrolment",
    addEvidenceUrl: "/account/enrolment",
    holdUrl: "/account/hold",
    recoveryUrl: "/recovery",
    ...accountNotice(ctx),
    signals: signalsOf(ports, person, removed),
  });
}

/** What the browser's passkey manager is told: which are still taken, and which were just removed. */
export const signalsOf = (ports: WebPorts, person: PersonRecord, removed: readonly PasskeyRecord[]): PasskeySignals => ({
  rpId: ports.enrolment.webauthn.id,
  userId: toBase64Url(person.userHandle),
  // Those that are suspended may come back.
  acceptedCredentialIds: person.passkeys.filter(({ state }) => state === "active" || state === "suspended").map(({ credentialId }) => credentialId),
  removedCredentialIds: removed.map(({ credentialId }) => credentialId),
});

/** What is kept of the person, and the ways to get it and to be rid of it. */
export async function showData(ctx: Context, ports: WebPorts, { person }: AccountSession): Promise<void> {
  const attributes = await accountAttributes(ports, person);
  sendPage(ctx, ports, accountDataPage, { ...(attributes !== undefined && { attributes }), exportUrl: "/account/data/export", eraseUrl: "/account/erase", ...accountNotice(ctx) });
}

/** FAL is left out: it is each service's own. */
function levelsOf(ports: WebPorts, { person, facts }: AccountSession): AccountContext["levels"] {
  const { ial, aal } = reasonsFor(assuranceOf(ports.providerPorts, person, facts, noClient));
  return { ial: levelView(ial), aal: levelView(aal) };
}

const levelView = ({ level, because, cappedBecause }: Reason): AccountLevel => ({ level, because, ...(cappedBecause !== undefined && { limit: cappedBecause }) });

function passkeyView(ctx: Context, ports: WebPorts, person: PersonRecord, passkey: PasskeyRecord, { current, removable }: { current: boolean; removable: boolean }): AccountPasskey {
  const { binding, authenticator } = passkey;
  const model = modelView(ctx, ports, authenticator.aaguid);
  const base = `/account/passkeys/${passkey.id}`;
  const metadata = ports.providerPorts.metadata.statusOf(authenticator.aaguid, ports.clock());
  return {
    number: passkeyNumber(person, passkey),
    ...(passkey.name !== "" && { name: passkey.name }),
    ...(model !== null && { model }),
    addedAt: passkey.createdAt,
    ...(passkey.lastUsedAt !== null && { lastUsedAt: passkey.lastUsedAt }),
    boundBy: binding.device === "same" ? "same_device" : "other_device",
    aal: assuranceOf(ports.providerPorts, person, { passkeyId: passkey.id, passkey: { userVerified: true, at: ports.clock() }, signature: null }, noClient).aal,
    synced: authenticator.backupEligible,
    compromised: metadata === "bad",
    current,
    suspended: passkey.state === "suspended",
    renameUrl: `${base}/rename`,
    suspendUrl: `${base}/suspend`,
    restoreUrl: "/recovery/release",
    surrenderUrl: `${base}/surrender`,
    ...(removable && { removeUrl: `${base}/remove` }),
  };
}

/** What took its place, or was ended by the person, is told in the activities. */
const speaks = (evidence: EvidenceRecord, now: number): boolean => evidence.kind === "jpki_user_authentication" && !["superseded", "ended"].includes(evidenceState(evidence, now));

const expirySoon = Math.max(...noticeDays) * 86_400;

function certificateView(evidence: EvidenceRecord, now: number): AccountCertificate {
  const { id, medium, status, expiresAt, continuity } = evidence;
  const expired = evidenceState(evidence, now) === "expired";
  return {
    medium,
    status: expired ? "expired" : status.status,
    validUntil: expiresAt,
    checkedAt: status.checkedAt,
    ...(status.status !== "revoked" && expiresAt <= now + expirySoon && { renewUrl: "/recovery/renew" }),
    ...(continuity !== null && { link: { by: continuity, unlinkUrl: `/account/certificates/${id}/unlink` } }),
  };
}
