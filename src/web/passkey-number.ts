import type { Context } from "koa";
import { messagesIn } from "../../views/messages/index.ts";
import type { PasskeyRecord, PersonRecord } from "../people/index.ts";
import { modelView } from "./authenticator-model.ts";
import { localeOf } from "./locale.ts";
import type { WebPorts } from "./ports.ts";

/**
 * What a passkey goes by that the person gave no name: its place among all they ever made. One that is
 * removed keeps its number, so that no other takes it.
 */
export function passkeyNumber({ passkeys }: Pick<PersonRecord, "passkeys">, passkey: Pick<PasskeyRecord, "id" | "createdAt">): number {
  const isEarlier = (other: PasskeyRecord): boolean => other.createdAt < passkey.createdAt || (other.createdAt === passkey.createdAt && other.id < passkey.id);
  return passkeys.filter(isEarlier).length + 1;
}

/** What a page calls a passkey: its name, or else its number, and its model where that is known. */
export function passkeyLabel(ctx: Context, ports: WebPorts, person: Pick<PersonRecord, "passkeys">, passkey: PasskeyRecord): string {
  const name = passkey.name === "" ? messagesIn(localeOf(ctx)).account.unnamed(passkeyNumber(person, passkey)) : passkey.name;
  const model = modelView(ctx, ports, passkey.authenticator.aaguid);
  return model === null ? name : `${name} · ${model.name}`;
}
