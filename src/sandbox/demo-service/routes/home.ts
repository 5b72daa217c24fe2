import { render } from "../../../../views/html.ts";
import { homePage } from "../pages/home.ts";
import { tabIcon } from "../pages/layout.ts";
import type { AddRoutes, ServiceParts } from "../parts.ts";
import { problemOf } from "../problem.ts";
import { sessionOf } from "../session-cookie.ts";
import { pageContext, show } from "../show.ts";
import type { Crosswalk } from "../crosswalk.ts";

/** The first page, and the files it needs. */
export const addHomeRoutes: AddRoutes = (router, parts) => {
  router.get("/", async (context) => {
    const session = sessionOf(context, parts.sessions);
    const view = {
      crosswalk: await crosswalkOrNull(parts),
      signedIn: session !== null && session.person !== null,
      ended: session?.ended ?? null,
      logouts: parts.logouts.entries,
    };
    show(context, homePage(pageContext(context, parts, session), view));
  });

  router.get(parts.styleSheet.path, (context) => {
    context.type = "css";
    context.set("Cache-Control", "public, max-age=31536000, immutable");
    context.body = parts.styleSheet.body;
  });

  router.get("/icon.svg", (context) => {
    context.type = "svg";
    context.body = render(tabIcon);
  });
};

/** The levels to choose from; null while the provider is down, which the page then says. */
async function crosswalkOrNull({ crosswalk }: ServiceParts): Promise<Crosswalk | null> {
  try {
    return await crosswalk();
  } catch (error) {
    if (problemOf(error) === null) throw error;
    return null;
  }
}
