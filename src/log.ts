import pino from "pino";

/** Flat, so that nothing hides in an object from the redaction below. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;
type Write = (fields: LogFields, message: string) => void;

/** The structured log. Facts about requests and outcomes; never who, never with what. */
export type Logger = Readonly<Record<"debug" | "info" | "warn" | "error", Write>>;

/**
 * The one redaction list: members that could carry personal data or secrets are cut out, should one
 * ever be handed in.
 */
const redacted = [
  "certificate", "serial", "serialNumber", "subject", "name", "token", "access_token", "refresh_token", "id_token",
  "code", "nonce", "challenge", "secret", "client_secret", "password", "pin", "number", "signature", "credential",
  "cookie", "authorization", "dpop", "body", "url", "err", "error", "stack",
];

export function createLogger(level: string, destination?: { write(line: string): void }): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: redacted, remove: true } };
  return destination === undefined ? pino(options) : pino(options, destination);
}
