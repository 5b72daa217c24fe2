import { writeFileSync } from "node:fs";
import path from "node:path";
import type { ConfigurationFile } from "../../src/config.ts";
import { sandboxConfigurationFile } from "../../src/config.ts";
import { type Ended, runCli } from "../cli/run-cli.ts";
import { temporaryDirectory, afterTest } from "../storage/temporary.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { enrolledAt } from "../support/recovery.ts";
import type { Person } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";

/** A bridge with somebody enrolled at a service, and a desk from which an operator works on it. */
export interface BackupStage {
  readonly world: World;
  readonly party: TestRelyingParty;
  readonly person: Person;
  readonly refreshToken: string;
  readonly sub: string;
  /** Where the operator keeps things. */
  readonly desk: string;
  run(...parameters: string[]): Promise<Ended>;
  /** The bridge goes on with the database that is in this file. */
  moveTo(file: string): Promise<void>;
}

export async function backupStage(): Promise<BackupStage> {
  const desk = temporaryDirectory();
  let file: string | null = null;
  const configured: ConfigurationFile[] = [];
  const world = await startWorld((given) => {
    const used = file === null ? given : { ...given, database: { file } };
    configured.push(used);
    return used;
  });
  afterTest(() => world.close());
  const party = await registerRelyingParty(world, { pushed: false, registration: { refreshTokens: true } });
  const enrolled = await enrolledAt(world, party, "good-phone", { scope: "openid offline_access", prompt: "consent" });
  const write = (): void => writeFileSync(path.join(world.directory, sandboxConfigurationFile), JSON.stringify(configured.at(-1)));
  write();
  return {
    world, party, desk, ...enrolled,
    run: (...parameters) => runCli(parameters, world.directory),
    moveTo: async (moved) => {
      file = moved;
      await world.restart();
      write();
    },
  };
}
