import { accept, refuse, type Verdict } from "../errors.ts";
import { redirectUriProblem } from "../relying-parties/index.ts";
import { deliveryMethods, streamConfiguration } from "./stream-configuration.ts";
import type { Stream, StreamDelivery, StreamSettings } from "./stream-records.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a stream is where its receiver says nothing: polled (SSF 1.0 8.1.1.1), every event, no description. */
export const defaultSettings: StreamSettings = { delivery: { method: "poll" }, eventsRequested: null, description: null };

/**
 * The settings that a request asks for; what it does not mention is as in `before`. Members that the
 * transmitter supplies are not read here: see {@link suppliedProblem}.
 * Refuses with `invalid_request`, naming the member.
 */
export function settingsFrom(body: Json, before: StreamSettings): Verdict<StreamSettings> {
  const { delivery = null, events_requested = null, description = null } = body;
  const read = delivery === null ? accept(before.delivery) : deliveryFrom(delivery);
  if (!read.valid) return read;
  if (events_requested !== null && !isListOfTypes(events_requested)) return refuse("invalid_request", "events_requested: a list of at most 50 event types");
  if (description !== null && !isRemark(description)) return refuse("invalid_request", "description: one line of at most 200 characters");
  return accept({ delivery: read.value, eventsRequested: events_requested ?? before.eventsRequested, description: description ?? before.description });
}

function deliveryFrom(delivery: unknown): Verdict<StreamDelivery> {
  const { method, endpoint_url: endpointUrl, authorization_header: authorization = null }: Json = { ...Object(delivery) };
  if (method === deliveryMethods.poll) return accept({ method: "poll" });
  if (method !== deliveryMethods.push) return refuse("invalid_request", `delivery.method: ${Object.values(deliveryMethods).join(" or ")}`);
  const problem = endpointProblem(endpointUrl);
  if (problem !== null) return refuse("invalid_request", `delivery.endpoint_url: ${problem}`);
  if (authorization !== null && !isHeader(authorization)) return refuse("invalid_request", "delivery.authorization_header: 1 to 4096 printable ASCII characters");
  return accept({ method: "push", endpointUrl: String(endpointUrl), authorization });
}

const endpointProblem = (url: unknown): string | null => (typeof url !== "string" || url.length > 2000 ? "a URL of at most 2000 characters" : redirectUriProblem(url));
const isHeader = (value: unknown): value is string => typeof value === "string" && /^[\x21-\x7e]([\x20-\x7e]{0,4094}[\x21-\x7e])?$/.test(value);
const isListOfTypes = (value: unknown): value is string[] => Array.isArray(value) && value.length <= 50 && value.every((each) => typeof each === "string" && each.length <= 200);

/** Text that somebody wrote for people, who may read it in a terminal. */
export const isRemark = (value: unknown): value is string => typeof value === "string" && value.length <= 200 && value.isWellFormed() && !/\p{Cc}/u.test(value);

const supplied = ["iss", "aud", "events_supported", "events_delivered", "min_verification_interval", "inactivity_timeout"] as const;

/**
 * Which member that the transmitter supplies is not as it was or will be, or null: who changes a stream
 * may send back what it read (SSF 1.0 8.1.1.3, 8.1.1.4).
 */
export function suppliedProblem(issuer: string, body: Json, before: Stream, after: StreamSettings): string | null {
  const known = [streamConfiguration(issuer, before), streamConfiguration(issuer, { ...before, ...after })];
  const isKnown = (value: unknown, of: (configuration: Json) => unknown): boolean => known.some((configuration) => sameJson(value, of(configuration)));
  const wrong = supplied.find((member) => body[member] !== undefined && !isKnown(body[member], (configuration) => configuration[member]));
  if (wrong !== undefined) return `${wrong}: not as this transmitter supplies it`;
  const { endpoint_url: polledAt }: Json = { ...Object(body["delivery"]) };
  if (after.delivery.method === "push" || polledAt === undefined) return null;
  return isKnown(polledAt, ({ delivery }) => ({ ...Object(delivery) })["endpoint_url"]) ? null : "delivery.endpoint_url: not as this transmitter supplies it";
}

/** Lists of texts are sets here. */
function sameJson(one: unknown, other: unknown): boolean {
  const plain = (value: unknown): string => JSON.stringify(Array.isArray(value) ? value.toSorted() : value);
  return plain(one) === plain(other);
}
