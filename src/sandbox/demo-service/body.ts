import { bodyParser } from "@koa/bodyparser";
import type { Context, Middleware, Next } from "koa";
import { z } from "zod";
import { Refusal } from "../../errors.ts";

const parse = bodyParser({ enableTypes: ["form"], formLimit: "16kb", encoding: "utf-8" });

/** Reads a form of at most 16 KiB; any other body is refused unread. */
export const readForm: Middleware = async (context: Context, next: Next): Promise<void> => {
  const isEmpty = (context.request.length ?? 0) === 0 && context.get("Transfer-Encoding") === "";
  if (!isEmpty && context.is("urlencoded") !== "urlencoded") throw new Refusal("unsupported_media_type", "content-type");
  await parse(context, next);
};

/** The fields of the form, as `schema` has them; `invalid_request` otherwise. */
export function formOf<Schema extends z.ZodType>(context: Context, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(context.request.body ?? {});
  if (!parsed.success) throw new Refusal("invalid_request", parsed.error.issues[0]?.path.join(".") ?? "form");
  return parsed.data;
}
