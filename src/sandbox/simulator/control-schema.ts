import { z } from "zod";
import { personaIds } from "../jlis/personas/personas.ts";
import { faultList, faults } from "./faults/catalogue.ts";
import { logoutFaults } from "./faults/logout-faults.ts";
import { nearest } from "./faults/nearest.ts";
import { levels, usual } from "./orders.ts";

const clientId = z.string().min(1).max(64);

/** The name of one of these faults; of another, the nearest is told. */
function faultOf(known: readonly { readonly name: string }[]): z.ZodEnum<Record<string, string>> {
  const names = known.map(({ name }) => name);
  return z.enum(names, { error: ({ input }) => `there is no such fault here, the nearest is ${nearest(String(input).slice(0, 64), names) ?? "none"}; GET /faults lists all` });
}

/** What is to happen next. */
export const orderSchema = z.strictObject({
  client_id: clientId.nullable().default(null).describe("Whose sign-in; null: whoever comes next."),
  persona: z.enum(personaIds).default(usual.persona).describe("Who signs in: GET /personas."),
  level: z.enum(levels).default(usual.level).describe("How far the person goes: as_asked; ial3-aal3 (signs with the phone's certificate); ial3-aal2 (a passkey, and declines more); ial1-aal2 (the certificate was revoked)."),
  signed_in: z.boolean().default(false).describe("Whether the person has a session at the bridge before, as prompt=none needs."),
  declines: z.boolean().default(false).describe("Whether the person declines."),
  interactive: z.boolean().default(false).describe("Show the pages, for a person or a browser under test."),
  fault: faultOf(faults).nullable().default(null).describe("What goes wrong: GET /faults."),
  delay_ms: z.int().min(0).max(120_000).default(usual.delayMs).describe("How late the slow answers come."),
  count: z.int().min(1).max(1000).default(1).describe("How many times."),
});

/** A relying party to be registered: OpenID Connect client metadata. */
export const clientSchema = z.strictObject({
  client_id: clientId,
  redirect_uris: z.array(z.string()).min(1),
  post_logout_redirect_uris: z.array(z.string()).default([]),
  backchannel_logout_uri: z.string().optional(),
  token_endpoint_auth_method: z.enum(["private_key_jwt", "client_secret_basic"]).default("client_secret_basic"),
  jwks: z.object({ keys: z.array(z.looseObject({})) }).optional().describe("Of private_key_jwt."),
  require_pushed_authorization_requests: z.boolean().default(false),
  dpop_bound_access_tokens: z.boolean().default(false),
});

/** A logout token for the person who signed in last at a client. */
export const logoutSchema = z.strictObject({
  client_id: clientId,
  fault: faultOf(logoutFaults).nullable().default(null).describe("Null: a right one."),
});

interface Operation {
  readonly summary: string;
  readonly body?: z.ZodType;
}

const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  "/": { get: { summary: "This description" } },
  "/faults": { get: { summary: "Every fault: where it shows, what it is, what a right relying party does" } },
  "/personas": { get: { summary: "Who can sign in, and the state of their certificates" } },
  "/clients": { post: { summary: "Registers a relying party; its secret is in the answer where there is one", body: clientSchema } },
  "/next": {
    get: { summary: "Orders that are still to come" },
    post: { summary: "Orders what happens at the next sign-in, or at the next request where the fault belongs to none", body: orderSchema },
    delete: { summary: "Forgets all orders: good-phone signs in, nothing goes wrong" },
  },
  "/sign-ins": { get: { summary: "The latest sign-ins: outcome, and whether the fault has shown itself" } },
  "/logout-tokens": { post: { summary: "Sends a logout token to the relying party's backchannel_logout_uri; says what it answered, and whether that is right", body: logoutSchema } },
};

/** The description at `/`, in the form of OpenAPI 3.1. */
export function describeControl(issuer: string, origin: string): object {
  return {
    openapi: "3.1.0",
    info: { title: "jpki-bridge simulator", version: "1", description: `Orders for the provider at ${issuer}. ${faultList.length} faults.` },
    servers: [{ url: origin }],
    issuer,
    paths: Object.fromEntries(Object.entries(operations).map(([path, methods]) => [path, Object.fromEntries(Object.entries(methods).map(([method, operation]) => [method, described(operation)]))])),
  };
}

function described({ summary, body }: Operation): object {
  const answers = { 200: { description: "JSON" }, ...(body !== undefined && { 400: { description: "`error_description` names the member" } }) };
  if (body === undefined) return { summary, responses: answers };
  return { summary, requestBody: { content: { "application/json": { schema: z.toJSONSchema(body, { io: "input" }) } } }, responses: answers };
}
