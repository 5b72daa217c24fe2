import { z } from "zod";
import { faultsSchema } from "../ca/state.ts";
import { sameOrigin } from "./guards.ts";
import { isForm, parseInput } from "./input.ts";
import type { AddRoutes } from "./jlis-parts.ts";
import { languageOf } from "./language.ts";

const { ocspDown, ocspDelayMs, staleCrl } = faultsSchema.unwrap().shape;
const jsonInput = z.strictObject({
  ocspDown: z.exactOptional(ocspDown),
  ocspDelayMs: z.exactOptional(ocspDelayMs),
  staleCrl: z.exactOptional(staleCrl),
});

/** A form names only the boxes that are ticked, so it always sets every switch. */
const checkbox = z.literal("on").optional().transform((value) => value === "on");
const formInput = z.strictObject({
  ocspDown: checkbox,
  staleCrl: checkbox,
  ocspDelayMs: z.string().regex(/^\d{1,5}$/).transform(Number).pipe(ocspDelayMs),
});

/** The fault switches. JSON changes the members it names, a form sets them all. */
export const addFaultRoutes: AddRoutes = (router, { faults, origin }) => {
  router.get("/faults.json", (context) => {
    context.body = faults.current;
  });

  router.post("/faults", sameOrigin(origin), async (context) => {
    const body: unknown = context.request.body ?? {};
    if (isForm(context)) {
      await faults.set(parseInput(formInput, body, "body"));
      context.status = 303;
      context.redirect(`/?ui_locales=${languageOf(context)}&done=faults#faults`);
      return;
    }
    const changed = parseInput(jsonInput, body, "body");
    context.body = await faults.set(changed);
  });
};
