import { toBase64Url } from "../../src/bytes.ts";
import { accountActRoutes } from "../../src/web/routes/account-acts.ts";
import { accountRoutes } from "../../src/web/routes/account.ts";
import { enrolmentBrowserRoutes } from "../../src/web/routes/enrolment-browser.ts";
import { approveRoutes } from "../../src/web/routes/approve.ts";
import { deviceRoutes } from "../../src/web/routes/enrolment-device.ts";
import { interactionRoutes } from "../../src/web/routes/interaction.ts";
import { recoveryRoutes } from "../../src/web/routes/recovery.ts";
import { publicRoutes } from "../../src/web/routes/public.ts";
import type { WebPorts } from "../../src/web/ports.ts";
import { type Answer, csrfOf, HttpBrowser } from "../support/http-browser.ts";
import type { World } from "../support/world.ts";
import type { Device } from "./device.ts";
import { RawParty } from "./raw-party.ts";
import { challengedDevice, enrolledPerson, openAtAccount } from "./setting.ts";

/** What every endpoint needs to be reached by somebody who may: a session, an interaction, a claimed transaction. */
export interface Visit {
  readonly world: World;
  readonly party: RawParty;
  readonly browser: HttpBrowser;
  readonly account: Answer;
  readonly device: Device;
  /** For the patterns of the routers. */
  readonly parameters: Readonly<Record<string, string>>;
}

export async function visit(world: World): Promise<Visit> {
  const party = await RawParty.register(world);
  const person = await enrolledPerson(world, "good-phone");
  const { browser } = person;
  const opening = await openAtAccount(world, "other", person);
  const { device } = await challengedDevice(world, opening);
  const page = await party.authorize(browser);
  const account = await browser.open(`${world.issuer}/account`);
  const id = /\/account\/passkeys\/([^/"]+)\/rename/.exec(account.text)?.[1] ?? "";
  return { world, party, browser, account, device, parameters: { uid: new URL(page.url).pathname.split("/").at(-1) ?? "", txn: opening.transaction, id } };
}

export interface Endpoint {
  readonly pattern: string;
  readonly kind: "json" | "form";
  /** Whoever calls: an app with its key, or a page with its token. */
  readonly caller: "device" | "page";
  /** Members that it reads, with values of the right form. */
  readonly members: Readonly<Record<string, unknown>>;
}

const text = toBase64Url(new Uint8Array(32));
const credential = { id: "AAAA", rawId: "AAAA", type: "public-key", response: { clientDataJSON: "AAAA" } };
const device = (step: string, members: Record<string, unknown> = {}): Endpoint => ({ pattern: `/enrolment/v1/transactions/:txn/${step}`, kind: "json", caller: "device", members });
const script = (pattern: string, members: Record<string, unknown> = {}): Endpoint => ({ pattern, kind: "json", caller: "page", members });
const form = (pattern: string, members: Record<string, unknown> = {}): Endpoint => ({ pattern, kind: "form", caller: "page", members });

/** Every endpoint of ours that takes a body. */
export const endpoints: readonly Endpoint[] = [
  device("claim", { secret: text }),
  device("statement", { number: "00" }),
  device("proof", { certificate: "AAAA", signature: "AAAA" }),
  device("passkey/options"),
  device("passkey", { credential }),
  device("continuation"),
  device("confirm", { number: "000000" }),
  device("status"),
  device("cancel"),
  script("/enrolment/return", { txn: "AAAA", code: text }),
  script("/enrolment/continue", { txn: "AAAA", token: text }),
  script("/enrolment/continue/passkey", { txn: "AAAA", token: text, credential }),
  script("/interaction/:uid/passkey/options"),
  script("/interaction/:uid/passkey", { challenge_id: "AAAA", credential }),
  form("/interaction/:uid/consent"),
  form("/interaction/:uid/cancel"),
  form("/interaction/:uid/give-up"),
  form("/interaction/:uid/enrolment", { device: "other" }),
  form("/interaction/:uid/recover", { device: "other" }),
  form("/interaction/:uid/step-up", { device: "other" }),
  // This interaction asks for no attributes: refused whatever is in it.
  form("/interaction/:uid/attributes"),
  form("/interaction/:uid/enrolment/:txn/cancel"),
  script("/account/passkey/options"),
  script("/account/passkey", { challenge_id: "AAAA", credential }),
  form("/account/sign-out"),
  form("/account/passkeys/:id/rename", { name: "Telephone" }),
  form("/account/passkeys/:id/remove"),
  form("/account/services/:id/disconnect"),
  form("/account/services/:id/verified-claims/:name/withhold"),
  form("/account/hold"),
  form("/account/passkeys/:id/suspend"),
  form("/account/passkeys/:id/surrender"),
  form("/account/certificates/:id/unlink"),
  form("/account/services/:id/pseudonym"),
  form("/account/activity/:id/report"),
  form("/account/erase", { understood: "yes" }),
  form("/account/data/export"),
  script("/account/confirm/passkey/options"),
  script("/account/confirm/passkey", { challenge_id: "AAAA", credential }),
  form("/account/attributes", { device: "other" }),
  form("/account/attributes/forget"),
  form("/account/enrolment", { device: "other" }),
  form("/account/enrolment/leave"),
  form("/account/enrolment/:txn/cancel"),
  form("/recovery/recover", { device: "other" }),
  form("/recovery/review", { device: "other" }),
  form("/recovery/hold", { device: "other" }),
  form("/recovery/release", { device: "other" }),
  form("/recovery/renew", { device: "other" }),
  form("/recovery/present", { device: "other" }),
  form("/recovery/enrolment/:txn/cancel"),
  script("/approve/passkey/options"),
  script("/approve/passkey", { challenge_id: "AAAA", credential }),
  form("/approve/requests", { allow: "yes" }),
  script("/approve/:id/passkey/options"),
  script("/approve/:id/passkey", { challenge_id: "AAAA", credential }),
  form("/approve/:id/deny"),
  form("/approve/:id/give-up"),
  form("/approve/:id/step-up"),
  form("/approve/:id/enrolment/:txn/cancel"),
];

/** Every page and document of ours. */
export const reads: readonly string[] = [
  "/", "/healthz", "/readyz", "/assurance/crosswalk", "/.well-known/passkey-endpoints", "/assets/:file",
  "/enrolment/return", "/enrolment/continue",
  "/interaction/:uid", "/interaction/:uid/enrolment", "/interaction/:uid/recover", "/interaction/:uid/enrolment/:txn", "/interaction/:uid/enrolment/:txn/status", "/interaction/:uid/resume/:txn",
  "/account", "/account/activity", "/account/services/:id", "/account/data", "/account/hold", "/account/passkeys/:id/remove", "/account/passkeys/:id/suspend", "/account/passkeys/:id/surrender", "/account/certificates/:id/unlink",
  "/account/services/:id/disconnect", "/account/services/:id/pseudonym", "/account/activity/:id/report", "/account/erase", "/account/data/export", "/account/attributes", "/account/attributes/forget", "/account/enrolment", "/account/enrolment/:txn", "/account/enrolment/:txn/status", "/account/resume/:txn",
  "/recovery", "/recovery/recover", "/recovery/hold", "/recovery/release", "/recovery/renew", "/recovery/done/:purpose",
  "/recovery/enrolment/:txn", "/recovery/enrolment/:txn/status", "/recovery/resume/:txn",
  "/approve", "/approve/status", "/approve/:id", "/approve/:id/enrolment/:txn", "/approve/:id/enrolment/:txn/status", "/approve/:id/resume/:txn",
];

/** What the routers really serve, to hold the lists against. */
export function served(method: "GET" | "POST"): string[] {
  const ports = { enrolment: {}, appOrigins: [], issuer: "http://localhost" } as unknown as WebPorts;
  const routers = [publicRoutes, interactionRoutes, deviceRoutes, enrolmentBrowserRoutes, accountRoutes, accountActRoutes, recoveryRoutes, approveRoutes].map((routes) => routes(ports));
  const paths = routers.flatMap(({ stack }) => stack.filter(({ methods }) => methods.includes(method)).map(({ path }) => String(path)));
  return [...new Set(paths.map((path) => (path.length > 1 ? path.replace(/\/$/, "") : path)))].sort();
}

export const urlOf = ({ world, parameters }: Visit, pattern: string): string =>
  world.issuer + pattern.replace(/:(\w+)/g, (_match, name: string) => parameters[name] ?? "style.css");

/** Sends a body to an endpoint as its caller would, with everything right but what `init` says. */
export async function send(place: Visit, endpoint: Endpoint, init: RequestInit, locale: "ja" | "en" = "en"): Promise<Answer> {
  const { world, browser, account, device: app } = place;
  const url = urlOf(place, endpoint.pattern);
  const headers = new Headers({ accept: endpoint.kind === "json" ? "application/json" : "text/html", ...(init.headers as Record<string, string>) });
  if (endpoint.caller === "device") {
    headers.set("dpop", await app.key.prove({ method: "POST", url, now: world.now() }));
    headers.set("accept-language", locale);
    const response = await fetch(url, { method: "POST", ...init, headers });
    return { status: response.status, headers: response.headers, text: await response.text(), url };
  }
  headers.set("origin", new URL(world.issuer).origin);
  headers.set("sec-fetch-site", "same-origin");
  if (endpoint.kind === "json") headers.set("x-csrf-token", csrfOf(account));
  const url2 = locale === browser.language ? url : `${url}?ui_locales=${locale}`;
  return browser.request(url2, { method: "POST", ...init, headers });
}
