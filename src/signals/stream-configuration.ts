import { eventsDelivered, type Stream, type StreamDelivery } from "./stream-records.ts";
import { supportedEvents } from "./event-types.ts";

/** Delivery methods by the names that metadata and streams use. */
export const deliveryMethods = { push: "urn:ietf:rfc:8935", poll: "urn:ietf:rfc:8936" } as const;

/** Seconds between two verification events that a receiver asks for. */
export const verificationInterval = 30;
/**
 * Seconds without a request of the receiver after which a stream that waits for one is disabled: what
 * nobody fetches is not kept for ever, and events as old as that are taken by no receiver.
 */
export const inactivityTimeout = 14 * 24 * 60 * 60;

/** Addresses of the stream endpoints, below the issuer. */
export const ssfEndpoints = {
  streams: "/ssf/streams",
  status: "/ssf/status",
  addSubject: "/ssf/subjects/add",
  removeSubject: "/ssf/subjects/remove",
  verification: "/ssf/verification",
  poll: "/ssf/poll",
} as const;

/** A stream as its receiver reads it (SSF 1.0 8.1.1). */
export function streamConfiguration(issuer: string, stream: Stream): Readonly<Record<string, unknown>> {
  const { id, clientId, delivery, eventsRequested, description } = stream;
  return {
    stream_id: id,
    iss: issuer,
    aud: clientId,
    delivery: deliveryOf(issuer, id, delivery),
    events_supported: supportedEvents,
    ...(eventsRequested !== null && { events_requested: eventsRequested }),
    events_delivered: eventsDelivered(stream),
    ...(description !== null && { description }),
    min_verification_interval: verificationInterval,
    ...(delivery.method === "poll" && { inactivity_timeout: inactivityTimeout }),
  };
}

function deliveryOf(issuer: string, streamId: string, delivery: StreamDelivery): Readonly<Record<string, string>> {
  if (delivery.method === "poll") return { method: deliveryMethods.poll, endpoint_url: `${issuer}${ssfEndpoints.poll}/${streamId}` };
  const { endpointUrl, authorization } = delivery;
  return { method: deliveryMethods.push, endpoint_url: endpointUrl, ...(authorization !== null && { authorization_header: authorization }) };
}

/** The Transmitter Configuration Metadata (SSF 1.0 7.1). */
export function transmitterConfiguration(issuer: string): Readonly<Record<string, unknown>> {
  return {
    spec_version: "1_0",
    issuer,
    jwks_uri: `${issuer}/jwks`,
    delivery_methods_supported: Object.values(deliveryMethods),
    configuration_endpoint: `${issuer}${ssfEndpoints.streams}`,
    status_endpoint: `${issuer}${ssfEndpoints.status}`,
    add_subject_endpoint: `${issuer}${ssfEndpoints.addSubject}`,
    remove_subject_endpoint: `${issuer}${ssfEndpoints.removeSubject}`,
    verification_endpoint: `${issuer}${ssfEndpoints.verification}`,
    authorization_schemes: [{ spec_urn: "urn:ietf:rfc:6749" }],
    // Everybody who is connected with the receiver, until it takes them off.
    default_subjects: "ALL",
  };
}
