import { readForm } from "../body.ts";
import { sameOrigin } from "../guards.ts";
import { languageOf } from "../language.ts";
import type { AddRoutes } from "../parts.ts";
import { problemOf } from "../problem.ts";
import { signedOutPath } from "../registration.ts";
import { sessionOf } from "../session-cookie.ts";
import { seeOther } from "../show.ts";

/** OpenID Connect RP-Initiated Logout 1.0: here at once, then at the provider if the person agrees. */
export const addSignOutRoutes: AddRoutes = (router, { origin, sessions, client }) => {
  router.post("/sign-out", sameOrigin(origin), readForm, async (context) => {
    const session = sessionOf(context, sessions);
    const person = session?.person ?? null;
    if (session === null || person === null) return seeOther(context, "/", session);
    session.language = languageOf(context, session.language);
    sessions.end(session, "person");
    try {
      context.redirect((await client.signOutUrl(person, session.language)).href);
      context.status = 303;
    } catch (error) {
      if (problemOf(error) === null) throw error;
      // The provider is down: the person is signed out here all the same.
      seeOther(context, "/", session);
    }
  });

  router.get("/sign-out", (context) => seeOther(context, "/", sessionOf(context, sessions)));
  router.get(signedOutPath, (context) => seeOther(context, "/", sessionOf(context, sessions)));
};
