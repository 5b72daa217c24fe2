import { expect, test } from "vitest";
import { LookUpsStopped } from "../../src/storage/sealing.ts";
import { isOutage } from "../../src/storage/index.ts";

const failure = (message: string, more: object): Error => Object.assign(new Error(message), more);
/** As the data model's adapter for PostgreSQL reports it, alone or inside an error of the client. */
const ofAdapter = (cause: object): Error => failure("", { name: "DriverAdapterError", cause });
const ofClient = (code: string, cause: object): Error => failure("Database error", { name: "PrismaClientKnownRequestError", code, meta: { modelName: "Person", driverAdapterError: ofAdapter(cause) } });
const shutDown = { originalCode: "57P01", originalMessage: "terminating connection due to administrator command", kind: "postgres", code: "57P01", severity: "FATAL" };
const duplicate = { originalCode: "23505", originalMessage: "duplicate key", kind: "UniqueConstraintViolation" };

const rows: readonly (readonly [name: string, error: unknown, isOutage: boolean])[] = [
  ["SQLite without room", failure("database or disk is full", { code: "SQLITE_FULL" }), true],
  ["SQLite without room, inside the client's error", failure("Invalid invocation: database or disk is full", {}), true],
  ["PostgreSQL stops, by the driver", failure("terminating connection due to administrator command", { code: "57P01" }), true],
  ["PostgreSQL stops, by the adapter", ofAdapter(shutDown), true],
  ["PostgreSQL stops, by the client", ofClient("P2039", shutDown), true],
  ["another transaction went first, by the adapter", ofAdapter({ originalCode: "40P01", kind: "TransactionWriteConflict" }), true],
  ["nobody listens, by the adapter", ofAdapter({ kind: "DatabaseNotReachable", host: "127.0.0.1", port: 1 }), true],
  ["the connection ends, by the adapter", ofClient("P2039", { kind: "ConnectionClosed" }), true],
  ["the connection ends, by the driver", failure("Connection terminated unexpectedly", {}), true],
  ["a cause of a cause", failure("outer", { cause: failure("inner", { cause: failure("", { code: "ECONNRESET" }) }) }), true],
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN", "ENOTFOUND", "EAI_AGAIN"].map((code) => [`the system says ${code}`, failure(code, { code }), true] as const),
  ["the system has no such file", failure("ENOENT", { code: "ENOENT" }), false],
  ["a second row of the same key", ofClient("P2002", duplicate), false],
  ["a digest key that is not here", new LookUpsStopped(), true],
  ["an error of the program's own", new TypeError("undefined is not a function"), false],
  ["no error", null, false],
];
test.each(rows)("%s", (_name, error, expected) => expect(isOutage(error)).toBe(expected));
