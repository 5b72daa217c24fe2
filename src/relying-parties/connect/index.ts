import type { Verdict } from "../../errors.ts";
import { forApache } from "./apache.ts";
import { forAuthJs } from "./authjs.ts";
import type { Connection } from "./connection.ts";
import { forOpenidClient } from "./openid-client.ts";
import { forSpring } from "./spring.ts";

export type { Connection } from "./connection.ts";

const writers = { "openid-client": forOpenidClient, apache: forApache, authjs: forAuthJs, spring: forSpring } as const;

/** Software whose configuration can be written. */
export type Software = keyof typeof writers;
export const softwareNames = Object.keys(writers) as readonly Software[];

/** Ready configuration of a relying party. Refuses with `invalid_request` what that software cannot do, saying how to register instead. */
export function readyConfiguration(software: Software, connection: Connection): Verdict<string> {
  return writers[software](connection);
}
