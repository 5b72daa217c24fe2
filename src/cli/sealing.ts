import { ConfigurationError } from "../config.ts";
import { type MissingDigestKey, MissingSealingKey, type SealedCount, type Storage } from "../storage/index.ts";

/** @throws ConfigurationError where a key is not configured that something in the database was sealed by, or is found by. */
export async function requireSealingKeys({ sealed, digests }: Storage): Promise<void> {
  const missing = await sealed.missingKeys();
  const problems = [...Map.groupBy(missing, ({ key }) => key)].map(([key, counts]) => missingKey(key, counts));
  problems.push(...(await digests.missingKeys()).map(missingDigestKey));
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** The same problem, found by the first value that did not open; any other error as it is. */
export function asConfigurationError(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof MissingSealingKey ? error.cause : error;
  return cause instanceof MissingSealingKey ? new ConfigurationError([missingKey(cause.keyId, [])]) : error;
}

const missingKey = (key: string, counts: readonly SealedCount[]): string =>
  `sealing.keys: the key ${key} is missing, and the database needs it${counts.length === 0 ? "" : ` (${counts.map(({ column, values }) => `${column}: ${values}`).join(", ")})`}; put it back after the current one, and seal anew by \`keys reseal\` before it is taken out`;

const missingDigestKey = ({ level, values }: MissingDigestKey): string =>
  level === 1
    ? `sealing.digest_key_file: is another than the one by which the database finds ${values} rows; put that one back`
    : `sealing.digest_keys_after: lacks the key that stands there as number ${level - 1}, by which the database finds ${values} rows, or has another in its place; put it back`;
