import { z } from "zod";
import { Refusal } from "../../../errors.ts";
import { revocationReasons } from "../ca/state.ts";
import { isOperation } from "../personas/operations.ts";
import { isPersonaId } from "../personas/personas.ts";
import type { PersonaId } from "../personas/personas.ts";
import type { PersonaView } from "../personas/persona-desk.ts";
import { serialInHex } from "./continuity-route.ts";
import { readableFrom, sameOrigin } from "./guards.ts";
import { isForm, parseInput } from "./input.ts";
import type { AddRoutes } from "./jlis-parts.ts";
import { languageOf } from "./language.ts";

const operationInput = z.strictObject({ reason: z.enum(revocationReasons).optional() });

/** The personas: what they hold, and what is done to it. */
export const addPersonaRoutes: AddRoutes = (router, { personas, origin, corsOrigins }) => {
  router.get("/personas.json", readableFrom(corsOrigins), (context) => {
    context.body = { personas: personas.list().map((view) => describePersona(view, origin)) };
  });

  router.get("/personas/:id/secure-element.json", readableFrom(corsOrigins), async (context) => {
    context.body = await personas.secureElement(personaIdIn(context.params["id"]));
  });

  router.post("/personas/:id/:operation", sameOrigin(origin), async (context) => {
    const id = personaIdIn(context.params["id"]);
    const operation = context.params["operation"] ?? "";
    if (!isOperation(operation)) throw new Refusal("not_found", "operation");
    const form = isForm(context);
    const { reason } = parseInput(operationInput, context.request.body ?? {}, "body");
    const view = await personas.operate(id, operation, reason);
    if (form) {
      context.status = 303;
      context.redirect(`/?ui_locales=${languageOf(context)}&done=${id}#${id}`);
    } else context.body = describePersona(view, origin);
  });
};

function personaIdIn(text: string | undefined): PersonaId {
  if (text === undefined || !isPersonaId(text)) throw new Refusal("not_found", "persona");
  return text;
}

function describePersona({ persona, state, operations, certificate }: PersonaView, origin: string): object {
  const { id, title, description, medium, generation } = persona;
  return {
    id,
    title,
    description,
    medium,
    generation,
    state,
    operations,
    secure_element: `${origin}/personas/${id}/secure-element.json`,
    certificate: certificate && {
      use: certificate.use,
      serial: serialInHex(certificate.serial),
      not_before: certificate.notBefore,
      not_after: certificate.notAfter,
    },
  };
}
