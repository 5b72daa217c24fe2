import type { Context } from "koa";
import { type AccountCertificate, type AccountContext, type AccountLevel, accountPage, type AccountPasskey, type AccountService } from "../../views/pages/index.ts";
import { type Reason, reasonsFor } from "../assurance/index.ts";
import { toBase64Url } from "../bytes.ts";
import { type EvidenceRecord, listConsents, type PasskeyRecord, type PersonRecord } from "../people/index.ts";
import { assuranceOf, noClient } from "../provider/index.ts";
import { findRelyingParty } from "../relying-parties/index.ts";
import type { AccountSession } from "./account-session.ts";
import { modelView } from "./authenticator-model.ts";
import { nameOfResource, withAssurance } from "./shared.ts";
import { sendPage } from "./context.ts";
import type { WebPorts } from "./ports.ts";
import { accountAttributes, sharedVerifiedClaims } from "./verified-claims-view.ts";

const notices: readonly string[] = ["renamed", "removed", "disconnected", "added", "forgotten", "withheld"];

/** The account page of a signed-in person. */
export async function showAccount(ctx: Context, ports: WebPorts, session: AccountSession): Promise<void> {
  const { person, facts } = session;
  const attributes = await accountAttributes(ports, person);
  const active = person.passkeys.filter(({ state }) => state === "active");
  const { notice, passkey } = ctx.query;
  const removed = person.passkeys.find(({ id, state }) => id === passkey && state === "revoked");
  const specific: Omit<AccountContext, "csrf" | "sandbox" | "assets"> = {
    passkeys: active.map((entry) => passkeyView(ctx, ports, person, entry, { current: entry.id === facts.passkeyId, removable: active.length > 1 })),
    certificates: person.evidence.filter(({ kind, supersededBy }) => kind === "jpki_user_authentication" && supersededBy === null).map((entry) => certificateView(entry, ports.clock())),
    levels: levelsOf(ports, session),
    approvals: { count: (await ports.provider.approvals.waiting(person.id)).length, url: "/approve" },
    services: await servicesOf(ports, session),
    ...(attributes !== undefined && { attributes }),
    signOutUrl: "/account/sign-out",
    addPasskeyUrl: "/account/enrolment",
    addEvidenceUrl: "/account/enrolment",
    ...(typeof notice === "string" && notices.includes(notice) && { notice: notice as NonNullable<AccountContext["notice"]> }),
    signals: {
      rpId: ports.enrolment.webauthn.id,
      userId: toBase64Url(person.userHandle),
      acceptedCredentialIds: active.map(({ credentialId }) => credentialId),
      ...(removed !== undefined && { removedCredentialId: removed.credentialId }),
    },
  };
  sendPage(ctx, ports, accountPage, specific);
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
  const metadata = ports.providerPorts.metadata.statusOf(authenticator.aaguid, ports.clock());
  return {
    ...(passkey.name !== "" && { name: passkey.name }),
    ...(model !== null && { model }),
    addedAt: passkey.createdAt,
    ...(passkey.lastUsedAt !== null && { lastUsedAt: passkey.lastUsedAt }),
    boundBy: binding.device === "same" ? "same_device" : "other_device",
    aal: assuranceOf(ports.providerPorts, person, { passkeyId: passkey.id, passkey: { userVerified: true, at: ports.clock() }, signature: null }, noClient).aal,
    synced: authenticator.backupEligible,
    compromised: metadata === "bad",
    current,
    renameUrl: `/account/passkeys/${passkey.id}/rename`,
    ...(removable && { removeUrl: `/account/passkeys/${passkey.id}/remove` }),
  };
}

function certificateView(evidence: EvidenceRecord, now: number): AccountCertificate {
  return {
    medium: evidence.medium,
    status: evidence.expiresAt < now ? "expired" : evidence.status.status,
    validUntil: evidence.expiresAt,
    checkedAt: evidence.status.checkedAt,
  };
}

async function servicesOf(ports: WebPorts, { person }: AccountSession): Promise<AccountService[]> {
  const consents = await listConsents(ports.storage.read, person.id);
  return Promise.all(
    consents.map(async ({ clientId, scope, claims, resources, verifiedClaims, grantedAt }) => {
      const registered = await findRelyingParty(ports.storage, clientId);
      const [redirectUri] = registered?.metadata.redirect_uris ?? [];
      const base = `/account/services/${encodeURIComponent(clientId)}`;
      return {
        party: { name: registered?.metadata.client_name ?? clientId, host: redirectUri === undefined ? clientId : new URL(redirectUri).host },
        since: grantedAt,
        shared: { scopes: withAssurance(scope), claims, resources: Object.keys(resources).map((indicator) => nameOfResource(ports, indicator)) },
        verified: sharedVerifiedClaims(verifiedClaims, base),
        disconnectUrl: `${base}/disconnect`,
      };
    }),
  );
}
