import type { EvidenceRecord, PasskeyState, PersonStanding } from "./records.ts";

/**
 * What may follow what, for a person, a certificate on record and a passkey. A transition takes the
 * states it may start from and no other: what this table does not have cannot be written.
 * docs/lifecycle.md draws it.
 */
export const transitions = {
  person: {
    hold: { from: ["active", "held"], to: "held" },
    release: { from: ["held"], to: "active" },
    erase: { from: ["active", "held"], to: "erased" },
  },
  evidence: {
    confirm: { from: ["good", "unknown", "held"], to: "good" },
    doubt: { from: ["good"], to: "unknown" },
    suspend: { from: ["good", "unknown"], to: "held" },
    revoke: { from: ["good", "unknown", "held", "expired"], to: "revoked" },
    expire: { from: ["good", "unknown", "held"], to: "expired" },
    supersede: { from: ["good", "unknown", "held", "expired", "revoked", "ended"], to: "superseded" },
    reinstate: { from: ["superseded"], to: "good" },
    end: { from: ["good", "unknown", "held", "expired", "revoked"], to: "ended" },
    present_again: { from: ["ended"], to: "good" },
  },
  passkey: {
    activate: { from: ["pending"], to: "active" },
    suspend: { from: ["active"], to: "suspended" },
    restore: { from: ["suspended"], to: "active" },
    revoke: { from: ["pending", "active", "suspended"], to: "revoked" },
  },
} as const;

type Table = typeof transitions;
/** The states from which a transition may start. */
export type Source<Machine extends keyof Table, Name extends keyof Table[Machine]> = Table[Machine][Name] extends { readonly from: readonly (infer State)[] } ? State : never;
type StandingIn<State> = Extract<PersonStanding, { state: State }>;
export type Held = StandingIn<"held">;

/** Puts a person on hold, or makes a hold harder to lift. */
export const hold = (_from: StandingIn<Source<"person", "hold">>, { at, by, liftedBy }: { readonly at: number; readonly by: Held["heldBy"]; readonly liftedBy: Held["liftedBy"] }): Held => ({
  state: "held", heldAt: at, heldBy: by, liftedBy,
});

/** Lifts a hold. Whether whoever asks may do so is for the caller: see {@link liftsHold}. */
export const release = (_from: StandingIn<Source<"person", "release">>): StandingIn<"active"> => ({ state: "active" });

/** Ends a person for good. */
export const erase = (_from: StandingIn<Source<"person", "erase">>, at: number): StandingIn<"erased"> => ({ state: "erased", erasedAt: at });

/** What the operator keeps for itself, no signature lifts; and what a signature lifts, the operator does not: nobody talks a call centre into it. */
export const liftsHold = ({ liftedBy }: Held, by: Held["liftedBy"]): boolean => liftedBy === by;

/** A hold takes the place of another only when it is harder to lift. */
export const isHarder = (next: Held["liftedBy"], { liftedBy }: Held): boolean => next === "operator" && liftedBy === "signature";

/** What a certificate on record is worth at a time, in one word; the strongest first. */
export type EvidenceState = "good" | "unknown" | "held" | "expired" | "revoked" | "superseded" | "ended";

export function evidenceState({ supersededBy, ended, status, expiresAt }: Pick<EvidenceRecord, "supersededBy" | "ended" | "status" | "expiresAt">, now: number): EvidenceState {
  if (supersededBy !== null) return "superseded";
  if (ended !== null) return "ended";
  if (status.status === "revoked") return "revoked";
  if (expiresAt < now) return "expired";
  return status.status === "hold" ? "held" : status.status;
}

type EvidenceIn<State extends EvidenceState> = { readonly state: State };
/** The person ends evidence of their own. */
export const end = <Reason extends string>(_from: EvidenceIn<Source<"evidence", "end">>, at: number, reason: Reason): { readonly at: number; readonly reason: Reason } => ({ at, reason });

type PasskeyIn<State extends PasskeyState> = { readonly state: State };
export const suspend = (_from: PasskeyIn<Source<"passkey", "suspend">>): "suspended" => transitions.passkey.suspend.to;
export const restore = (_from: PasskeyIn<Source<"passkey", "restore">>): "active" => transitions.passkey.restore.to;
export const revoke = (_from: PasskeyIn<Source<"passkey", "revoke">>): "revoked" => transitions.passkey.revoke.to;

/** Whether a thing is in a state from which a transition may start. */
export function startsFrom<Machine extends keyof Table, Name extends keyof Table[Machine], Thing extends { readonly state: string }>(machine: Machine, name: Name, thing: Thing): thing is Thing & { readonly state: Source<Machine, Name> } {
  const { from } = transitions[machine][name] as { readonly from: readonly string[] };
  return from.includes(thing.state);
}
