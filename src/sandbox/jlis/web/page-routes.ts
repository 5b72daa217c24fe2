import { readFile } from "node:fs/promises";
import { render } from "../../../../views/html.ts";
import { isPersonaId } from "../personas/personas.ts";
import type { AddRoutes } from "./jlis-parts.ts";
import { languageOf } from "./language.ts";
import { mainPage } from "./page.ts";
import type { Done } from "./page.ts";

const stylesheet = new URL("page.css", import.meta.url);

/** What people see. */
export const addPageRoutes: AddRoutes = (router, { personas, faults }) => {
  router.get("/", (context) => {
    context.type = "html";
    context.vary("Accept-Language");
    const done = doneOf(context.query["done"]);
    context.body = render(mainPage(personas.list(), faults.current, done, languageOf(context)));
  });

  router.get("/page.css", async (context) => {
    context.type = "css";
    context.body = await readFile(stylesheet);
  });

  // The address that certificates name as their practice statement.
  router.get("/cps", (context) => {
    context.redirect("/");
  });
};

function doneOf(value: unknown): Done {
  if (value === "faults") return { what: "faults" };
  if (typeof value !== "string" || !isPersonaId(value)) return null;
  return { what: "persona", id: value };
}
