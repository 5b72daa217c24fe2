import type { Context } from "koa";
import { readForm } from "../body.ts";
import { changesBetween } from "../claim-list.ts";
import type { SignedIn } from "../sign-in.ts";
import { sameOrigin } from "../guards.ts";
import { languageOf } from "../language.ts";
import { claimsPage } from "../pages/claims.ts";
import type { AddRoutes, ServiceParts } from "../parts.ts";
import { problemOf } from "../problem.ts";
import { exclusively, type Outcome, type Session } from "../session.ts";
import { sessionOf } from "../session-cookie.ts";
import { pageContext, seeOther, show } from "../show.ts";

/** What arrived, and what can be done with the tokens. */
export const addClaimsRoutes: AddRoutes = (router, parts) => {
  router.get("/claims", (context) => {
    const session = sessionOf(context, parts.sessions);
    if (session === null || session.person === null) return seeOther(context, "/", session);
    const { person, outcome } = session;
    show(context, claimsPage(pageContext(context, parts, session), { person, outcome, logouts: parts.logouts.entries }));
  });

  const guard = sameOrigin(parts.origin);
  router.post("/refresh", guard, readForm, async (context) => withPerson(context, parts, refresh));
  router.post("/resource", guard, readForm, async (context) => withPerson(context, parts, callResource));
  for (const path of ["/refresh", "/resource", "/step-up"]) {
    router.get(path, (context) => seeOther(context, "/claims", sessionOf(context, parts.sessions)));
  }
};

/** Does something with the tokens; `keep` is given each new set as soon as it is there. */
type Task = (parts: ServiceParts, person: SignedIn, keep: (person: SignedIn) => void) => Promise<Outcome>;

async function withPerson(context: Context, parts: ServiceParts, task: Task): Promise<void> {
  const session = sessionOf(context, parts.sessions);
  if (session === null) return seeOther(context, "/", null);
  session.language = languageOf(context, session.language);
  await exclusively(session, () => perform(parts, session, task));
  seeOther(context, "/claims", session);
}

async function perform(parts: ServiceParts, session: Session, task: Task): Promise<void> {
  let current = session.person;
  if (current === null) return;
  // A logout that arrives meanwhile has the last word.
  const isStill = (): boolean => session.person === current;
  const keep = (renewed: SignedIn): void => {
    if (!isStill()) return;
    session.person = renewed;
    current = renewed;
  };
  const outcome = await task(parts, current, keep).catch((error: unknown): Outcome => {
    const problem = problemOf(error);
    if (problem === null) throw error;
    return { kind: "problem", problem };
  });
  if (!isStill()) return;
  // What was established no longer holds: it is not shown any more.
  if (outcome.kind === "problem" && outcome.problem.code === "invalid_grant") parts.sessions.end(session, "grant");
  else session.outcome = outcome;
}

const refresh: Task = async ({ client }, person, keep) => {
  const renewed = await client.refresh(person);
  keep(renewed);
  const rotated = renewed.tokens.refreshToken !== person.tokens.refreshToken;
  return { kind: "refreshed", rotated, changes: changesBetween(person.idToken, renewed.idToken) };
};

const callResource: Task = async ({ client }, person, keep) => {
  const renewed = await client.callResource(person);
  // Kept before the call: the old refresh token is used up whatever the API answers.
  keep(renewed.person);
  return { kind: "resource", answer: await renewed.call() };
};
