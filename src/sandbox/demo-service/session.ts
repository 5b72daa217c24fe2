import { randomBytes, toBase64Url } from "../../bytes.ts";
import type { Clock } from "../../clock.ts";
import type { LogoutNotice } from "./backchannel-logout.ts";
import type { PendingSignIn, ResourceAnswer, SignedIn } from "./sign-in.ts";
import type { Language } from "./language.ts";
import type { Problem } from "./problem.ts";

/** What the last button did, to be said at the top of the page. */
export type Outcome =
  | { readonly kind: "refreshed"; readonly rotated: boolean; readonly changes: readonly Change[] }
  | { readonly kind: "resource"; readonly answer: ResourceAnswer }
  | { readonly kind: "problem"; readonly problem: Problem };

/** A claim whose value a refresh changed. */
export interface Change {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The person signed out here, the provider sent a logout notice, or it no longer honours the tokens. */
export type EndedBy = "person" | "provider" | "grant";

/** One browser. */
export interface Session {
  readonly id: string;
  readonly expiresAt: number;
  language: Language;
  person: SignedIn | null;
  outcome: Outcome | null;
  /** How the last sign-in of this browser came to its end. */
  ended: { readonly by: EndedBy; readonly at: number } | null;
  readonly pending: Map<string, PendingSignIn>;
  /** The end of the last task: see {@link exclusively}. */
  queue: Promise<unknown>;
}

const anonymousLife = 30 * 60;
const signedInLife = 8 * 60 * 60;
const pendingLife = 15 * 60;
const mostPending = 5;

/** Sessions in memory: limited in number and in life. The oldest gives way. */
export class SessionStore {
  readonly #sessions = new Map<string, Session>();
  readonly #clock: Clock;
  readonly #capacity: number;

  constructor(clock: Clock, capacity = 1000) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  find(id: string | undefined): Session | null {
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (session === undefined) return null;
    if (session.expiresAt > this.#clock()) return session;
    this.#sessions.delete(session.id);
    return null;
  }

  open(language: Language): Session {
    return this.#add({ language, person: null, outcome: null, ended: null, pending: new Map(), queue: Promise.resolve() }, anonymousLife);
  }

  /** A person signs in: under a new identifier, so that one known from before is worth nothing. */
  signIn(session: Session, person: SignedIn): Session {
    this.#sessions.delete(session.id);
    return this.#add({ ...session, person, outcome: null, ended: null, queue: Promise.resolve() }, signedInLife);
  }

  /** Ends the sign-ins that a logout of the provider names. Returns how many there were. */
  endFor(notice: LogoutNotice): number {
    const named = [...this.#sessions.values()].filter(({ person }) => {
      if (person === null) return false;
      return "sid" in notice ? person.sid === notice.sid : person.subject === notice.subject;
    });
    for (const session of named) this.end(session, "provider");
    return named.length;
  }

  end(session: Session, by: EndedBy): void {
    session.person = null;
    session.outcome = null;
    session.ended = { by, at: this.#clock() };
  }

  remember(session: Session, pending: PendingSignIn): void {
    session.pending.set(pending.state, pending);
    const [oldest] = session.pending.keys();
    if (session.pending.size > mostPending && oldest !== undefined) session.pending.delete(oldest);
  }

  /** The sign-in that a callback belongs to, for this one time. */
  take(session: Session, state: string): PendingSignIn | null {
    const pending = session.pending.get(state);
    session.pending.delete(state);
    return pending !== undefined && pending.startedAt + pendingLife > this.#clock() ? pending : null;
  }

  #add(content: Omit<Session, "id" | "expiresAt">, life: number): Session {
    const session = { ...content, id: toBase64Url(randomBytes(32)), expiresAt: this.#clock() + life };
    if (this.#sessions.size >= this.#capacity) this.#makeRoom();
    this.#sessions.set(session.id, session);
    return session;
  }

  /** The expired go first, then the oldest of those where nobody is signed in. */
  #makeRoom(): void {
    const now = this.#clock();
    for (const [id, { expiresAt }] of this.#sessions) if (expiresAt <= now) this.#sessions.delete(id);
    if (this.#sessions.size < this.#capacity) return;
    const all = [...this.#sessions.values()];
    const oldest = all.find(({ person }) => person === null) ?? all[0];
    if (oldest !== undefined) this.#sessions.delete(oldest.id);
  }
}

/**
 * Runs the tasks of one session one after the other: two refreshes at once would use one refresh
 * token twice, which the provider must take for theft.
 */
export async function exclusively<Result>(session: Session, task: () => Promise<Result>): Promise<Result> {
  const result = session.queue.then(task, task);
  session.queue = result.catch(() => undefined);
  return result;
}
