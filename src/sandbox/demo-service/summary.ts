import { z } from "zod";
import type { Claims } from "./sign-in.ts";

const level = z.union([z.literal(1), z.literal(2), z.literal(3)]);

const methods = z.array(z.string()).catch([]);
const levels = z.object({ ial: level.catch(1), aal: level.catch(1), fal: level.catch(1), auth_time: z.number().optional().catch(undefined) });
const evidence = z.object({
  assurance: z.object({
    evidence: z.object({ kind: z.string(), medium: z.enum(["card", "smartphone"]), verified_at: z.number(), status: z.enum(["good", "revoked", "hold", "unknown"]) }),
  }),
});
const authenticator = z.object({
  assurance: z.object({ authenticator: z.object({ kind: z.enum(["passkey", "jpki_card", "jpki_smartphone"]), backup_eligible: z.boolean() }) }),
});

/** What the claims come down to, for one or two plain sentences. */
export interface Summary {
  readonly ial: 1 | 2 | 3;
  readonly aal: 1 | 2 | 3;
  readonly fal: 1 | 2 | 3;
  readonly authTime: number | null;
  /** Whether a live JPKI signature was made too (`sc` of RFC 8176). */
  readonly signed: boolean;
  readonly evidence: z.infer<typeof evidence>["assurance"]["evidence"] | null;
  readonly authenticator: z.infer<typeof authenticator>["assurance"]["authenticator"] | null;
}

/** Reads the claims of a token. What is missing or strange counts as the lowest level, or as not there. */
export function summaryOf(claims: Claims): Summary {
  const { auth_time, ...reached } = levels.parse(claims);
  return {
    ...reached,
    authTime: auth_time ?? null,
    signed: methods.parse(claims["amr"]).includes("sc"),
    evidence: evidence.safeParse(claims).data?.assurance.evidence ?? null,
    authenticator: authenticator.safeParse(claims).data?.assurance.authenticator ?? null,
  };
}
