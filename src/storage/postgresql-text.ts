import { Refusal } from "../errors.ts";
import type { SqlExecutor } from "./artifacts.ts";
import type { PrismaClient } from "./generated/client.ts";

/*
 * PostgreSQL holds no text with a NUL, and fails where it is asked for one (22021). Anybody may name one, as
 * a client or a subject: nothing goes by that name, and nothing can be written under it. A lone surrogate
 * needs nothing: the driver writes U+FFFD for it.
 */

/** Whether there is such a text anywhere in what is asked. */
function holdsNul(value: unknown): boolean {
  if (typeof value === "string") return value.includes("\0");
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof Date) return false;
  return Object.values(value).some(holdsNul);
}

const refused = (): Refusal => new Refusal("invalid_request", "a text with NUL");

/** An executor to which such a text is one that nothing goes by. */
export const withoutNul = ({ run, get, all }: SqlExecutor): SqlExecutor => ({
  run: async (sql, parameters) => {
    if (holdsNul(parameters)) throw refused();
    return run(sql, parameters);
  },
  get: async (sql, parameters) => (holdsNul(parameters) ? null : get(sql, parameters)),
  all: async (sql, parameters) => (holdsNul(parameters) ? [] : all(sql, parameters)),
});

/** What reads give that find nothing. */
const nothing: Readonly<Record<string, unknown>> = { findUnique: null, findFirst: null, findMany: [], count: 0 };

/** The same for the data model. */
export function dataModelWithoutNul(client: PrismaClient): PrismaClient {
  const extended = client.$extends({
    query: {
      $allModels: {
        $allOperations: async ({ operation, args, query }) => {
          if (!holdsNul(args)) return query(args);
          if (!(operation in nothing)) throw refused();
          return nothing[operation];
        },
      },
    },
  });
  // Only its type differs.
  return extended as unknown as PrismaClient;
}
