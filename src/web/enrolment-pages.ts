import type { Context } from "koa";
import { renderSVG } from "uqr";
import { trusted } from "../../views/html.ts";
import { enrolProgressPage, enrolStartPage } from "../../views/pages/index.ts";
import type { RelyingParty } from "../../views/context.ts";
import { errorSentence } from "../../views/messages/index.ts";
import { cancelFromBrowser, makesPasskey, needsSession, openTransaction, type Opener, type Purpose, viewTransaction } from "../enrolment/index.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId, type EvidenceId, type PasskeyId, type PersonId, type TransactionId } from "../identifiers.ts";
import { likelyPhone, pathId, sendJson, sendPage, textMember } from "./context.ts";
import { browserSecret, newBrowserSecret } from "./cookies.ts";
import { localeOf } from "./locale.ts";
import type { WebPorts } from "./ports.ts";
import { networkOf } from "./network.ts";

const linkModel = "EnrolmentLink";

/** Where an enrolment happens: in an interaction of a relying party, or on the account page. */
export interface EnrolmentPlace {
  /** Path of the page that it belongs to. */
  readonly base: string;
  readonly opener: Opener;
  readonly client: { readonly id: ClientId; readonly name: string; readonly host: string };
  readonly signedIn: PersonId | null;
  readonly cancelUrl: string;
  /** The certificate that this person presented here just now. */
  readonly presented?: EvidenceId | null;
  /** Of a recovery: the passkeys that this person keeps. */
  readonly keep?: readonly PasskeyId[];
  /** Of a recovery: asks for the signature certificate, too, so that an operator can decide. */
  readonly review?: boolean;
  /** Where one signs in with the new passkey, if that is not the base. */
  readonly signInUrl?: string;
}

const partyOf = ({ client }: EnrolmentPlace): RelyingParty => ({ name: client.name, host: client.host });

/** Where a purpose begins, below its place. */
const beginning = (purpose: Purpose): string => (purpose === "enrol" ? "enrolment" : purpose);

/** The page where the person chooses the device. */
export function showStart(ctx: Context, ports: WebPorts, place: EnrolmentPlace, purpose: "enrol" | "attributes"): void {
  sendPage(ctx, ports, enrolStartPage, { party: partyOf(place), purpose, startUrl: `${place.base}/${beginning(purpose)}`, cancelUrl: place.cancelUrl, likelyPhone: likelyPhone(ctx) });
}

/** Opens a transaction and goes to its page. */
export async function start(ctx: Context, ports: WebPorts, place: EnrolmentPlace, purpose: Purpose): Promise<void> {
  const device = textMember(ctx, "device", 8);
  if (device !== "same" && device !== "other") throw new Refusal("invalid_request", "device: same or other");
  if (needsSession(purpose) && place.signedIn === null) throw new Refusal("sign_in_required", `${purpose} without a session`);
  const { id, link } = await openTransaction(ports.enrolment, {
    purpose, device, opener: place.opener, client: place.client,
    expected: place.signedIn,
    presented: place.presented ?? null,
    keep: place.keep ?? [],
    review: place.review ?? false,
    browserSecret: newBrowserSecret(ctx, ports),
    network: networkOf(ctx.ip),
  });
  await ports.storage.artifacts.insert(linkModel, id, { link }, { expiresAt: ports.clock() + 300 });
  ctx.status = 303;
  ctx.redirect(`${place.base}/enrolment/${id}`);
}

const transactionId = (ctx: Context): TransactionId => asIdentifier<TransactionId>(pathId(ctx, "txn"));

/** The page with the link or QR code, and how far the phone is. */
export async function showProgress(ctx: Context, ports: WebPorts, place: EnrolmentPlace): Promise<void> {
  const id = transactionId(ctx);
  const view = await viewTransaction(ports.enrolment, id, browserSecret(ctx, ports));
  const link = ((await ports.storage.artifacts.find(linkModel, id))?.payload as { link: string } | undefined)?.link;
  if (link === undefined) throw new Refusal("transaction_expired", "link expired");
  const { device, purpose, expiresAt } = view.transaction;
  const here = `${place.base}/enrolment/${id}`;
  const common = {
    party: partyOf(place),
    state: view.state === "returned" ? ("complete" as const) : view.state,
    statusUrl: `${here}/status`,
    cancelUrl: `${here}/cancel`,
    // What is asked of who is signed in begins on the page that asks for it.
    restartUrl: needsSession(purpose) ? place.base : `${place.base}/${beginning(purpose)}`,
    signInUrl: place.signInUrl ?? place.base,
    minutesLeft: Math.max(1, Math.ceil((expiresAt - ports.clock()) / 60)),
    appLink: link,
  };
  if (device === "same") return sendPage(ctx, ports, enrolProgressPage, { ...common, device });
  const qrCode = trusted(renderSVG(link, { ecc: "M", border: 4, whiteColor: "#fff", blackColor: "#000" }));
  const number = "number" in view ? view.number : null;
  sendPage(ctx, ports, enrolProgressPage, { ...common, device, qrCode, ...(number !== null && { number }) });
}

/** How far the phone is, for the page's script. */
export async function sendStatus(ctx: Context, ports: WebPorts, place: EnrolmentPlace): Promise<void> {
  const id = transactionId(ctx);
  const view = await viewTransaction(ports.enrolment, id, browserSecret(ctx, ports));
  const { purpose, device } = view.transaction;
  // A proof on another device may be taken up here; an enrolment only by the new passkey.
  const takeUp = view.state === "complete" && !makesPasskey(purpose) && device === "other";
  sendJson(ctx, {
    state: view.state === "returned" ? "complete" : view.state,
    ...("number" in view && view.number !== null && { number: view.number }),
    ...(takeUp && { location: `${place.base}/resume/${id}` }),
    ...(view.state === "failed" && { error: view.code, error_description: errorSentence(view.code, localeOf(ctx)) }),
  });
}

export async function cancelTransaction(ctx: Context, ports: WebPorts, place: EnrolmentPlace): Promise<void> {
  await cancelFromBrowser(ports.enrolment, transactionId(ctx), browserSecret(ctx, ports));
  ctx.status = 303;
  ctx.redirect(place.base);
}
