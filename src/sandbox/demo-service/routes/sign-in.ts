import type { Context } from "koa";
import { z } from "zod";
import { Refusal } from "../../../errors.ts";
import { formOf, readForm } from "../body.ts";
import type { SignedIn, SignInRequest } from "../sign-in.ts";
import { offers, stepUpAcr } from "../crosswalk.ts";
import { sameOrigin } from "../guards.ts";
import { languageOf } from "../language.ts";
import { problemPage } from "../pages/problem.ts";
import type { AddRoutes, ServiceParts } from "../parts.ts";
import { type Problem, problemOf } from "../problem.ts";
import { callbackPath } from "../registration.ts";
import type { Session } from "../session.ts";
import { openSession, sendCookie, sessionOf } from "../session-cookie.ts";
import { pageContext, seeOther, show } from "../show.ts";

const checkbox = z.literal("on").optional().transform((value) => value === "on");
const signInForm = z.strictObject({ acr: z.string().max(200).default(""), resource: checkbox, fresh: checkbox, prompt: checkbox, offline: checkbox });

/** To the provider and back. */
export const addSignInRoutes: AddRoutes = (router, parts) => {
  const guard = sameOrigin(parts.origin);

  router.post("/login", guard, readForm, async (context) => {
    const { acr, ...conditions } = formOf(context, signInForm);
    const session = openSession(context, parts);
    session.language = languageOf(context);
    await goToProvider(context, parts, session, { ...conditions, acr: acr === "" ? null : acr, language: session.language });
  });

  // A reload after the form was sent, or a bookmark of it.
  router.get("/login", (context) => seeOther(context, "/", sessionOf(context, parts.sessions)));

  router.post("/step-up", guard, readForm, async (context) => {
    const session = openSession(context, parts);
    session.language = languageOf(context, session.language);
    const before = session.person?.request ?? { resource: true, offline: false };
    const request = { resource: before.resource, offline: before.offline, fresh: false, prompt: false, acr: stepUpAcr, language: session.language };
    await goToProvider(context, parts, session, request);
  });

  router.get(callbackPath, async (context) => {
    const session = sessionOf(context, parts.sessions);
    const { state } = context.query;
    const pending = session !== null && typeof state === "string" ? parts.sessions.take(session, state) : null;
    if (session === null || pending === null) return showProblem(context, parts, session, { code: "sign_in_unknown" });
    let person: SignedIn;
    try {
      person = await parts.client.finish(pending, context.search);
    } catch (error) {
      return showProblem(context, parts, session, problemOrThrow(error));
    }
    const signedIn = parts.sessions.signIn(session, person);
    sendCookie(context, signedIn, parts);
    seeOther(context, "/claims", signedIn);
  });
};

async function goToProvider(context: Context, parts: ServiceParts, session: Session, request: SignInRequest): Promise<void> {
  try {
    if (request.acr !== null && !offers(await parts.crosswalk(), request.acr)) throw new Refusal("invalid_request", "acr");
    const { url, pending } = await parts.client.begin(request);
    parts.sessions.remember(session, pending);
    context.redirect(url.href);
    context.status = 303;
  } catch (error) {
    showProblem(context, parts, session, problemOrThrow(error));
  }
}

const statusOf = ({ code }: Problem): number => (code === "provider_unreachable" || code === "temporarily_unavailable" ? 503 : 400);

function showProblem(context: Context, parts: ServiceParts, session: Session | null, problem: Problem): void {
  show(context, problemPage(pageContext(context, parts, session, "/"), problem), statusOf(problem));
}

function problemOrThrow(error: unknown): Problem {
  const problem = problemOf(error);
  if (problem === null) throw error;
  return problem;
}
