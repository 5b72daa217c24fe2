import pino, { type Logger as PinoLogger } from "pino";

/** The structured log. Facts about requests and outcomes; never who, never with what. */
export type Logger = Pick<PinoLogger, "debug" | "info" | "warn" | "error">;

/**
 * The one redaction list: members that could carry personal data or secrets are cut out wherever
 * they stand, should one ever be handed in.
 */
const redacted = [
  "certificate", "serial", "serialNumber", "subject", "name", "token", "access_token", "refresh_token", "id_token",
  "code", "nonce", "challenge", "secret", "client_secret", "password", "pin", "number", "signature", "credential",
  "cookie", "authorization", "dpop", "body", "url", "err", "error", "stack",
].flatMap((member) => [member, `*.${member}`]);

export function createLogger(level: string, destination?: { write(line: string): void }): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: redacted, remove: true } };
  return destination === undefined ? pino(options) : pino(options, destination);
}
