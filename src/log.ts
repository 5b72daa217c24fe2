import pino, { type Logger as PinoLogger, type LogFn } from "pino";

/** The structured log. Facts about requests and outcomes; never who, never with what. */
export type Logger = Pick<PinoLogger, "debug" | "info" | "warn" | "error">;

/**
 * The one redaction list, in small letters: members that could carry personal data or secrets are cut
 * out wherever they stand and however they are written, should one ever be handed in.
 */
export const redacted: ReadonlySet<string> = new Set([
  "certificate", "serial", "serialnumber", "subject", "name", "token", "access_token", "refresh_token", "id_token",
  "code", "nonce", "challenge", "secret", "client_secret", "password", "pin", "number", "signature", "credential",
  "cookie", "authorization", "dpop", "body", "url", "err", "error", "stack",
]);
// Nothing that is logged on purpose is nested deeper; what is, or refers to itself, is left out there.
const deepest = 8;

/** @param destination - where the lines go, each at once; the standard output, in groups, where none is given. */
export function createLogger(level: string, destination: { write(line: string): void } = standardOutput()): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, hooks: { logMethod: writeSafely } }, destination);
}

/** Octets that are gathered before they are written, and how long a line waits for others, in milliseconds. */
const [group, longestWait] = [4096, 200];
/** Octets of lines that wait while nothing can be written, as on a full disk. */
const mostWaiting = 1024 * 1024;

/**
 * Lines of requests are written in groups: one system call each would take a twelfth of a sign-in. A warning or
 * an error takes along what waits before it. At any end of the process but a kill nothing is lost that can be written.
 * What cannot is no reason to end: lines wait, then are dropped, and a line counts them when the log goes on.
 */
function standardOutput(): { write(line: string): void } {
  const output = pino.destination({ fd: 1, sync: true, minLength: group, maxLength: mostWaiting, periodicFlush: longestWait });
  let dropped = 0;
  // Without a listener it would end the process. The next attempt is made with the next line, or by the timer.
  output.on("error", () => undefined);
  output.on("drop", () => void (dropped += 1));
  output.on("write", () => {
    if (dropped === 0) return;
    const lines = dropped;
    output.write(`${JSON.stringify({ level: 40, time: new Date().toISOString(), lines, msg: "lines of the log were dropped" })}\n`);
    // Where there was no room yet for this line either, it is said with the next that is written.
    dropped = dropped === lines ? 0 : lines;
  });
  process.once("exit", () => output.flush());
  return {
    write: (line) => {
      output.write(line);
      if (!isOrdinary(line)) output.flush();
    },
  };
}

/** A line begins with its level, as pino has it: 10 to 30 is what happens every day. */
const isOrdinary = (line: string): boolean => /^\{"level":[123]0,/.test(line);

function writeSafely(this: PinoLogger, [facts, message, ...rest]: Parameters<LogFn>, write: LogFn): void {
  const cleaned: unknown = withoutSecrets(facts, 0);
  // Without a message of our own an error's would be taken, which may quote input.
  const said = message ?? (facts instanceof Error ? "failure" : undefined);
  if (said === undefined) write.call(this, cleaned);
  else write.call(this, cleaned, said, ...rest);
}

function withoutSecrets(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return { kind: value.name };
  if (depth === deepest || ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value)) return value.map((entry) => withoutSecrets(entry, depth + 1));
  const kept = Object.entries(value).filter(([member]) => !redacted.has(member.toLowerCase()));
  return Object.fromEntries(kept.map(([member, entry]) => [member, withoutSecrets(entry, depth + 1)]));
}
