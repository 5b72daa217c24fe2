import { describe, expect, test } from "vitest";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { pollRequestFrom } from "../../src/signals/poll-request.ts";
import { statusFrom } from "../../src/signals/status.ts";
import { streamConfiguration } from "../../src/signals/stream-configuration.ts";
import { eventsDelivered, type Stream } from "../../src/signals/stream-records.ts";
import { defaultSettings, settingsFrom, suppliedProblem } from "../../src/signals/stream-request.ts";
import { eventTypes, supportedEvents } from "../../src/signals/event-types.ts";
import { subjectFrom } from "../../src/signals/subjects.ts";
import { stateFrom } from "../../src/signals/verification.ts";

/** What receivers send, read by pure functions: right forms, wrong forms, and limits. */

const issuer = "https://bridge.example";
const [push, poll] = ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"];
const endpoint_url = "https://receiver.example/events";
const stream: Stream = { id: "s", clientId: asIdentifier<ClientId>("c"), status: "enabled", statusReason: null, delivery: { method: "push", endpointUrl: endpoint_url, authorization: "Bearer x" }, eventsRequested: [eventTypes.sessions_ended], description: "before" };

type Sent = Readonly<Record<string, unknown>>;
const long = (length: number): string => "x".repeat(length);

describe("settings of a stream", () => {
  const right: readonly (readonly [string, Sent, Stream | null, unknown])[] = [
    ["nothing, for a new one", {}, null, { delivery: { method: "poll" }, eventsRequested: null, description: null }],
    ["nothing, for one that is there", {}, stream, { delivery: stream.delivery, eventsRequested: stream.eventsRequested, description: "before" }],
    ["nulls are nothing", { delivery: null, events_requested: null, description: null }, null, defaultSettings],
    ["no events at all", { events_requested: [] }, stream, { delivery: stream.delivery, eventsRequested: [], description: "before" }],
    ["a push, which keeps no header of before", { delivery: { method: push, endpoint_url } }, stream, { delivery: { method: "push", endpointUrl: endpoint_url, authorization: null }, eventsRequested: stream.eventsRequested, description: "before" }],
    ["a poll, whose address is not the receiver's to say", { delivery: { method: poll, endpoint_url } }, null, defaultSettings],
    ["what nobody knows", { color: "red" }, null, defaultSettings],
  ];
  test.each(right)("%s", (_name, sent, before, settings) => {
    expect(settingsFrom(sent, before ?? defaultSettings)).toMatchObject({ valid: true, value: settings });
  });

  const wrong: readonly (readonly [string, Sent, string])[] = [
    ["delivery in words", { delivery: "push" }, "delivery.method"],
    ["delivery without a method", { delivery: {} }, "delivery.method"],
    ["a method's property name", { delivery: { method: "constructor" } }, "delivery.method"],
    ["an address that is a number", { delivery: { method: push, endpoint_url: 1 } }, "delivery.endpoint_url"],
    ["an address with a user", { delivery: { method: push, endpoint_url: "https://user@receiver.example/" } }, "delivery.endpoint_url"],
    ["an address with a fragment", { delivery: { method: push, endpoint_url: "https://receiver.example/#x" } }, "delivery.endpoint_url"],
    ["an address too long", { delivery: { method: push, endpoint_url: `https://receiver.example/${long(2000)}` } }, "delivery.endpoint_url"],
    ["a script", { delivery: { method: push, endpoint_url: "javascript:alert(1)" } }, "delivery.endpoint_url"],
    ["a header of nothing", { delivery: { method: push, endpoint_url, authorization_header: "" } }, "delivery.authorization_header"],
    ["a header of two lines", { delivery: { method: push, endpoint_url, authorization_header: "a\nb" } }, "delivery.authorization_header"],
    ["a header that ends in a space", { delivery: { method: push, endpoint_url, authorization_header: "a " } }, "delivery.authorization_header"],
    ["a header too long", { delivery: { method: push, endpoint_url, authorization_header: long(4097) } }, "delivery.authorization_header"],
    ["too many events", { events_requested: Array.from({ length: 51 }, String) }, "events_requested"],
    ["an event that is a number", { events_requested: [1] }, "events_requested"],
    ["a description too long", { description: long(201) }, "description"],
    ["a description that clears the screen", { description: "\u001b[2J" }, "description"],
    ["half a character", { description: "\ud800" }, "description"],
  ];
  test.each(wrong)("refused: %s", (_name, sent, member) => {
    expect(settingsFrom(sent, defaultSettings)).toEqual({ valid: false, code: "invalid_request", at: expect.stringMatching(new RegExp(`^${member}:`)) });
  });

  test("what is delivered is what is supported and asked for, in the transmitter's order", () => {
    const asked = [eventTypes.account_purged, "urn:other", eventTypes.sessions_ended];
    expect([eventsDelivered({ eventsRequested: null }), eventsDelivered({ eventsRequested: [] }), eventsDelivered({ eventsRequested: asked })]).toEqual([supportedEvents, [], [eventTypes.sessions_ended, eventTypes.account_purged]]);
  });
});

describe("what the transmitter supplies, sent back", () => {
  const after = { ...stream, eventsRequested: [eventTypes.account_purged] };
  const polled: Stream = { ...stream, delivery: { method: "poll" } };
  const rows: readonly (readonly [string, Stream, Stream, Sent, string | null])[] = [
    ["all of it as it was", stream, after, streamConfiguration(issuer, stream), null],
    ["all of it as it will be", stream, after, streamConfiguration(issuer, after), null],
    ["a list in another order", stream, after, { events_supported: supportedEvents.toReversed() }, null],
    ["the address for polling", polled, polled, { delivery: { method: poll, endpoint_url: `${issuer}/ssf/poll/s` } }, null],
    ["no address for polling", stream, polled, { delivery: { method: poll } }, null],
    ["another address for polling", polled, polled, { delivery: { method: poll, endpoint_url: `${issuer}/ssf/poll/t` } }, "delivery.endpoint_url"],
    ["another interval", stream, after, { min_verification_interval: 1 }, "min_verification_interval"],
    ["events that are not delivered", stream, after, { events_delivered: supportedEvents }, "events_delivered"],
    ["null", stream, after, { iss: null }, "iss"],
  ];
  test.each(rows)("%s", (_name, before, settings, sent, problem) => {
    const found = suppliedProblem(issuer, sent, before, settings);
    expect(found === null ? null : found.split(":")[0]).toBe(problem);
  });
});

describe("other requests", () => {
  const rows: readonly (readonly [string, unknown, unknown])[] = [
    ["poll: nothing said", pollRequestFrom({}), { maximum: 100, waits: true, acknowledged: [], errors: {} }],
    ["poll: all said", pollRequestFrom({ maxEvents: 5, returnImmediately: true, ack: ["a"], setErrs: { b: { err: "invalid_key", description: "…" } } }), { maximum: 5, waits: false, acknowledged: ["a"], errors: { b: "invalid_key" } }],
    ["poll: more than there may be", pollRequestFrom({ maxEvents: 1e9 }), { maximum: 100, waits: true, acknowledged: [], errors: {} }],
    ["poll: acknowledging alone", pollRequestFrom({ maxEvents: 0, ack: ["a"] }), { maximum: 0, waits: true, acknowledged: ["a"], errors: {} }],
    ["poll: a member called __proto__", pollRequestFrom({ setErrs: JSON.parse(`{"__proto__":{"err":"x"}}`) as object }), { maximum: 100, waits: true, acknowledged: [], errors: JSON.parse(`{"__proto__":"x"}`) as object }],
    ["status: with a reason", statusFrom({ status: "paused", reason: "why" }), { status: "paused", reason: "why" }],
    ["status: without", statusFrom({ status: "enabled" }), { status: "enabled", reason: null }],
    ["subject: one of this issuer", subjectFrom(issuer, { format: "iss_sub", iss: issuer, sub: "a" }), "a"],
    ["state: text", stateFrom({ state: "" }), ""],
    ["state: none", stateFrom({}), null],
  ];
  test.each(rows)("%s", (_name, verdict, value) => {
    expect(verdict).toEqual({ valid: true, value });
  });

  const wrong: readonly (readonly [string, unknown, string])[] = [
    ["poll: less than none", pollRequestFrom({ maxEvents: -1 }), "maxEvents"],
    ["poll: half of one", pollRequestFrom({ maxEvents: 0.5 }), "maxEvents"],
    ["poll: as text", pollRequestFrom({ maxEvents: "1" }), "maxEvents"],
    ["poll: at once, in words", pollRequestFrom({ returnImmediately: "yes" }), "returnImmediately"],
    ["poll: one jti that is no list", pollRequestFrom({ ack: "a" }), "ack"],
    ["poll: a jti that is a number", pollRequestFrom({ ack: [1] }), "ack"],
    ["poll: too many", pollRequestFrom({ ack: Array.from({ length: 1001 }, String) }), "ack"],
    ["poll: too many errors", pollRequestFrom({ setErrs: Object.fromEntries(Array.from({ length: 101 }, (_, jti) => [jti, { err: "invalid_key" }])) }), "setErrs"],
    ["poll: errors as a list", pollRequestFrom({ setErrs: [] }), "setErrs"],
    ["poll: null", pollRequestFrom({ setErrs: null }), "setErrs"],
    ["poll: an error without a code", pollRequestFrom({ setErrs: { a: {} } }), "setErrs"],
    ["status: none", statusFrom({}), "status"],
    ["status: unknown", statusFrom({ status: "Enabled" }), "status"],
    ["status: a reason that is no text", statusFrom({ status: "enabled", reason: {} }), "reason"],
    ["status: a reason too long", statusFrom({ status: "enabled", reason: long(201) }), "reason"],
    ["subject: none", subjectFrom(issuer, null), "subject"],
    ["subject: of another issuer", subjectFrom(issuer, { format: "iss_sub", iss: "https://other.example", sub: "a" }), "subject"],
    ["subject: complex", subjectFrom(issuer, { format: "complex", user: { format: "iss_sub", iss: issuer, sub: "a" } }), "subject"],
    ["subject: empty", subjectFrom(issuer, { format: "iss_sub", iss: issuer, sub: "" }), "subject.sub"],
    ["state: too long", stateFrom({ state: long(1001) }), "state"],
    ["state: a number", stateFrom({ state: 1 }), "state"],
  ];
  test.each(wrong)("refused: %s", (_name, verdict, member) => {
    expect(verdict).toEqual({ valid: false, code: "invalid_request", at: expect.stringMatching(new RegExp(`^${member}:`)) });
  });
});
