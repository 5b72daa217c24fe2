import { fromHex } from "../bytes.ts";
import { isTransportErrorCode } from "./transport-error-codes.ts";
import type { TransportErrorCode } from "./transport-error.ts";

/** One line of a trace. Hexadecimal, each masked octet as `**`. */
export type TraceExchange = {
  readonly command: string;
  /** How long the answer took, in milliseconds. */
  readonly ms: number;
} & ({ readonly response: string } | { readonly error: TransportErrorCode });

/** A line of JSON, without its end. */
export function formatExchange(exchange: TraceExchange): string {
  return JSON.stringify(exchange);
}

/**
 * Reads a trace: a line of JSON an exchange; empty lines are passed over.
 * @throws TypeError naming the first line that is no exchange, counted from 1.
 */
export function parseTrace(trace: string): TraceExchange[] {
  return trace.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const exchange = parseExchange(line);
    if (exchange === null) throw new TypeError(`line ${index + 1} is no exchange of a trace`);
    return [exchange];
  });
}

function parseExchange(line: string): TraceExchange | null {
  const members = parseObject(line);
  if (members === null) return null;
  const { command, response, error, ms } = members;
  if (!isMaskedHex(command) || typeof ms !== "number") return null;
  if (isMaskedHex(response) && error === undefined) return { command, response, ms };
  return response === undefined && isTransportErrorCode(error) ? { command, error, ms } : null;
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function isMaskedHex(value: unknown): value is string {
  return typeof value === "string" && value.length % 2 === 0 && fromHex(value.replace(/\*\*/gu, "00")) !== null;
}
