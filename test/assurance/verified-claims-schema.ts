import { z } from "zod";

/**
 * The published JSON schemas of OpenID Connect for Identity Assurance 1.0 (verified_claims_request.json)
 * and of its Schema Definition (verified_claims.json), as far as evidence of type `electronic_signature`
 * goes; the texts say "Required" where these do.
 */

const simple = { oneOf: [{ type: "null" }, { type: "object", properties: { essential: { type: "boolean" }, purpose: { type: "string", minLength: 3, maxLength: 300 } } }] };
const constrainable = {
  oneOf: [
    { type: "null" },
    {
      type: "object",
      properties: { ...simple.oneOf[1]?.properties, value: { type: "string" }, values: { type: "array", items: { type: "string" }, minItems: 1 } },
    },
  ],
};
const time = { oneOf: [{ type: "null" }, { type: "object", properties: { ...simple.oneOf[1]?.properties, max_age: { type: "integer", minimum: 0 } } }] };

const requestOfOne = {
  type: "object",
  required: ["verification", "claims"],
  additionalProperties: false,
  properties: {
    verification: {
      type: "object",
      required: ["trust_framework"],
      additionalProperties: true,
      properties: {
        trust_framework: constrainable,
        assurance_level: constrainable,
        assurance_process: { type: "object", properties: { policy: constrainable, procedure: constrainable } },
        time,
        evidence: {
          type: "array",
          minItems: 1,
          items: {
            type: "object",
            required: ["type"],
            properties: {
              type: { type: "object", required: ["value"], properties: { value: { enum: ["document", "electronic_record", "vouch", "electronic_signature"] } } },
              signature_type: simple, issuer: simple, serial_number: simple, created_at: time,
            },
          },
        },
      },
    },
    claims: { oneOf: [{ type: "null" }, { type: "object", minProperties: 1, additionalProperties: constrainable }] },
  },
};

const dateTime = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?(Z|[+-]\\d{2}:\\d{2})$" };
const answerOfOne = {
  type: "object",
  required: ["verification", "claims"],
  additionalProperties: false,
  properties: {
    verification: {
      type: "object",
      required: ["trust_framework"],
      properties: {
        trust_framework: { type: "string" },
        assurance_level: { type: "string" },
        assurance_process: { type: "object", minProperties: 1, properties: { policy: { type: "string" }, procedure: { type: "string" } } },
        time: dateTime,
        evidence: {
          type: "array",
          minItems: 1,
          items: {
            type: "object",
            required: ["type", "signature_type", "issuer", "serial_number"],
            properties: {
              type: { const: "electronic_signature" },
              signature_type: { type: "string" }, issuer: { type: "string" }, serial_number: { type: "string" }, created_at: dateTime,
            },
          },
        },
      },
    },
    claims: {
      type: "object",
      properties: {
        name: { type: "string" }, birthdate: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" }, gender: { type: "string" },
        address: { type: "object", required: ["formatted"], properties: { formatted: { type: "string" }, country: { type: "string" } } },
      },
    },
  },
};

const oneOrMore = (one: object) => ({ oneOf: [one, { type: "array", minItems: 1, items: one }] });
const requests = z.fromJSONSchema(oneOrMore(requestOfOne) as Parameters<typeof z.fromJSONSchema>[0]);
const answers = z.fromJSONSchema(oneOrMore(answerOfOne) as Parameters<typeof z.fromJSONSchema>[0]);

export const isRequest = (value: unknown): boolean => requests.safeParse(value).success;
export const isAnswer = (value: unknown): boolean => answers.safeParse(value).success;
