import type { Command } from "commander";
import { Refusal } from "../errors.ts";
import { fapiAlgorithms, type RegistrationRequest, type Software, softwareNames } from "../relying-parties/index.ts";
import { UsageError } from "./terminal.ts";
import type { AdministrationOptions } from "./with-storage.ts";

/** What `client add` is told on the command line, or by the answers to its questions. */
export interface AddOptions extends AdministrationOptions {
  readonly name?: string;
  readonly redirectUri?: readonly string[];
  readonly postLogoutRedirectUri?: string[];
  readonly backchannelLogoutUri?: string;
  readonly auth?: string;
  readonly certificateName?: string;
  readonly clientAlg: string;
  readonly jwks?: string;
  readonly jwksUri?: string;
  readonly keyFile: string;
  readonly idTokenAlg: string;
  readonly profile?: string;
  readonly messageSigning?: boolean;
  readonly par?: boolean;
  readonly dpop?: boolean;
  readonly certificateBound?: boolean;
  readonly deviceFlow?: boolean;
  readonly ciba?: string;
  readonly cibaNotificationUri?: string;
  readonly clientCredentials?: readonly string[];
  readonly minimumIal?: string;
  readonly minimumAal?: string;
  readonly maximumStatusAge?: string;
  readonly for?: readonly string[];
}

const methods = ["private_key_jwt", "client_secret_basic", "attest_jwt_client_auth", "tls_client_auth", "self_signed_tls_client_auth"] as const;
const certificateNames = ["dns", "uri", "email", "ip"] as const;
const deliveries = ["poll", "ping"] as const;
const idTokenAlgorithms = ["ES256", "RS256"] as const;

export function addOptions(command: Command): Command {
  return command
    .option("--name <name>", "the name people see")
    .option("--redirect-uri <uri...>", "where sign-ins end; https, or http on loopback")
    .option("--post-logout-redirect-uri <uri...>", "where sign-outs may end")
    .option("--backchannel-logout-uri <uri>", "hears when a session ends")
    .option("--auth <method>", `${methods.join(", ")} (default: private_key_jwt, or what the software of --for can do)`)
    .option("--certificate-name <kind:name>", `the name in its certificate, for tls_client_auth: ${certificateNames.map((kind) => `${kind}:...`).join(", ")}`)
    .option("--client-alg <alg>", `by which it signs: ${fapiAlgorithms.join(", ")}`, "ES256")
    .option("--jwks <file>", "the relying party's public keys; made for it when neither this nor --jwks-uri is given")
    .option("--jwks-uri <uri>", "where it publishes them")
    .option("--key-file <file>", "where to write the private key that is made", "client-key.json")
    .option("--id-token-alg <alg>", idTokenAlgorithms.join(" or "), "ES256")
    .option("--profile <profile>", "fapi2: pushed requests, key authentication, bound tokens")
    .option("--message-signing", "FAPI 2.0 Message Signing as well: signed requests and answers")
    .option("--par", "refuse requests that are not pushed")
    .option("--dpop", "refuse tokens that are not bound by DPoP")
    .option("--certificate-bound", "bind tokens to the client's certificate")
    .option("--device-flow", "people may sign in for a device without a keyboard (RFC 8628)")
    .option("--ciba <delivery>", "people are asked on their phone (CIBA): poll or ping")
    .option("--ciba-notification-uri <uri>", "where a ping goes")
    .option("--client-credentials <access...>", "access tokens in its own name: \"https://api.example read write\", a resource of the configuration and scopes of it")
    .option("--minimum-ial <level>", "1, 2 or 3")
    .option("--minimum-aal <level>", "1, 2 or 3")
    .option("--maximum-status-age <seconds>", "how old a certificate's status may be")
    .option("--for <software...>", `print ready configuration: ${softwareNames.join(", ")}, or all`);
}

/** The registration that the options ask for; keys apart. @throws UsageError for a word that no option knows. */
export function requestOf(clientId: string, options: AddOptions): RegistrationRequest {
  const { name = "", redirectUri = [], certificateName, ciba, profile } = options;
  return {
    clientId, name,
    redirectUris: redirectUri,
    authentication: oneOf("--auth", methods, options.auth ?? defaultMethod(softwareOf(options))),
    signingAlgorithm: oneOf("--id-token-alg", idTokenAlgorithms, options.idTokenAlg),
    clientAlgorithm: oneOf("--client-alg", fapiAlgorithms, options.clientAlg),
    requirePushedRequests: options.par === true,
    dpopBound: options.dpop === true,
    certificateBound: options.certificateBound === true,
    messageSigning: options.messageSigning === true,
    deviceFlow: options.deviceFlow === true,
    ...(profile !== undefined && { profile: oneOf("--profile", ["fapi2"] as const, profile) }),
    ...(certificateName !== undefined && { certificateName: readCertificateName(certificateName) }),
    ...(ciba !== undefined && { ciba: oneOf("--ciba", deliveries, ciba) === "poll" ? { delivery: "poll" } : { delivery: "ping", notificationEndpoint: options.cibaNotificationUri ?? "" } }),
    ...(options.postLogoutRedirectUri !== undefined && { postLogoutRedirectUris: options.postLogoutRedirectUri }),
    ...(options.backchannelLogoutUri !== undefined && { backchannelLogoutUri: options.backchannelLogoutUri }),
    ...(options.jwksUri !== undefined && { jwksUri: options.jwksUri }),
    ...(options.clientCredentials !== undefined && { clientCredentials: readAccess(options.clientCredentials) }),
    ...(options.minimumIal !== undefined && { minimumIal: wholeNumber(options.minimumIal) }),
    ...(options.minimumAal !== undefined && { minimumAal: wholeNumber(options.minimumAal) }),
    ...(options.maximumStatusAge !== undefined && { maximumStatusAge: wholeNumber(options.maximumStatusAge) }),
  };
}

/** The software whose configuration is to be printed. @throws UsageError. */
export function softwareOf({ for: named = [] }: Pick<AddOptions, "for">): readonly Software[] {
  if (named.includes("all")) return softwareNames;
  return named.map((name) => oneOf("--for", softwareNames, name));
}

/** Apache and Auth.js authenticate by a secret alone. */
const defaultMethod = (software: readonly Software[]): string => (software.some((name) => name === "apache" || name === "authjs") ? "client_secret_basic" : "private_key_jwt");

function readCertificateName(text: string): NonNullable<RegistrationRequest["certificateName"]> {
  const [kind = "", ...rest] = text.split(":");
  return { kind: oneOf("--certificate-name", certificateNames, kind), value: rest.join(":") };
}

function readAccess(texts: readonly string[]): NonNullable<RegistrationRequest["clientCredentials"]> {
  return Object.fromEntries(texts.map((text) => {
    const [resource = "", ...scopes] = text.split(" ").filter(Boolean);
    return [resource, scopes];
  }));
}

function oneOf<Word extends string>(option: string, words: readonly Word[], word: string): Word {
  const found = words.find((each) => each === word);
  if (found !== undefined) return found;
  throw new UsageError(`${option}: must be ${words.slice(0, -1).join(", ")}${words.length > 1 ? " or " : ""}${words.at(-1) ?? ""}`);
}

/** A number as people write it; what is none is refused with the registration. */
const wholeNumber = (text: string): number => (/^[0-9]+$/.test(text) ? Number(text) : Number.NaN);

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a length of time such as `90s`, `30m`, `12h`, `7d`, and not over `longest` seconds. @throws Refusal `invalid_request`. */
export function secondsOf(option: string, text: string, longest: number): number {
  const [, amount, unit = "s"] = /^([0-9]{1,8})([smhd])?$/.exec(text) ?? [];
  if (amount === undefined) throw new Refusal("invalid_request", `${option}: a length of time such as 90s, 30m, 12h or 7d`);
  const seconds = Number(amount) * (units[unit] ?? 1);
  if (seconds > longest) throw new Refusal("invalid_request", `${option}: at most ${longest / 86_400}d`);
  return seconds;
}
