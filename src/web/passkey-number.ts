import type { PasskeyRecord, PersonRecord } from "../people/index.ts";

/**
 * What a passkey goes by that the person gave no name: its place among all they ever made. One that is
 * removed keeps its number, so that no other takes it.
 */
export function passkeyNumber({ passkeys }: Pick<PersonRecord, "passkeys">, passkey: Pick<PasskeyRecord, "id" | "createdAt">): number {
  const isEarlier = (other: PasskeyRecord): boolean => other.createdAt < passkey.createdAt || (other.createdAt === passkey.createdAt && other.id < passkey.id);
  return passkeys.filter(isEarlier).length + 1;
}
