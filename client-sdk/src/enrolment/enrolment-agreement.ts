import type { EnrolmentRequest } from "./enrolment-answers.ts";
import type { EnrolmentStatement } from "../statement/statement.ts";

/** What the device knows by itself, against which the statement is held. */
export interface Agreed {
  /** The request as it was shown to the person. */
  readonly request: EnrolmentRequest;
  /** Thumbprint of the device's own ephemeral key. */
  readonly thumbprint: string;
  /** The code hash by the number the person typed; `null` on the same device. */
  readonly codeHash: string | null;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** How far the clocks of the device and the bridge may be apart, in seconds. */
const clockTolerance = 60;
/** A statement that lives longer than any transaction was made for something else. Seconds. */
const longestLife = 15 * 60;

/** The first member in which a statement is not what was agreed; `null` if it may be signed. */
export function findDisagreement(statement: EnrolmentStatement, agreed: Agreed): keyof EnrolmentStatement | null {
  const { request, thumbprint, codeHash, now } = agreed;
  if (statement.iss !== request.iss) return "iss";
  if (statement.txn !== request.txn) return "txn";
  if (statement.purpose !== request.purpose) return "purpose";
  if (statement.client_id !== request.client_id) return "client_id";
  if (statement.client_name !== request.client_name) return "client_name";
  if (statement.client_host !== request.client_host) return "client_host";
  if (statement.jkt !== thumbprint) return "jkt";
  if (statement.code_hash !== codeHash) return "code_hash";
  if (statement.iat > now + clockTolerance) return "iat";
  if (statement.exp <= now - clockTolerance || statement.exp > statement.iat + longestLife) return "exp";
  return null;
}
