import type { IncomingMessage } from "node:http";
import type { Context } from "koa";
import type { z } from "zod";
import { concatBytes } from "../../../bytes.ts";
import { Refusal } from "../../../errors.ts";

/** Octets that a request body may have. */
export const maximumBody = 64 * 1024;

/** The value if it is what `schema` says, `invalid_request` otherwise. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, value: unknown, at: string): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new Refusal("invalid_request", at);
  return parsed.data;
}

/** Whether a form was posted, rather than JSON or nothing; anything else is `unsupported_media_type`. */
export function isForm(context: Context): boolean {
  const isEmpty = (context.request.length ?? 0) === 0 && context.get("Content-Type") === "";
  if (isEmpty) return false;
  const type = context.is("urlencoded", "json");
  if (type === false) throw new Refusal("unsupported_media_type", "content-type");
  return type === "urlencoded";
}

/** The raw body, `request_too_large` as soon as it is longer than {@link maximumBody}. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // An iterator that is left early destroys the connection, and with it the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) throw new Refusal("invalid_request", "body");
    length += chunk.length;
    if (length > maximumBody) throw new Refusal("request_too_large", "body");
    chunks.push(chunk);
  }
  return concatBytes(...chunks);
}
