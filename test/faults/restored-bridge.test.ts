import { writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import * as client from "openid-client";
import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/assurance/index.ts";
import { asIdentifier, type PersonId } from "../../src/identifiers.ts";
import { holdPerson } from "../../src/people/index.ts";
import { takeCheckpoint } from "../../src/storage/index.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, type Person, reachCallback, signInAgain, signInWithPasskey } from "../support/journey.ts";
import { goThrough, withNewPhone } from "../support/recovery.ts";
import { type BackupStage, backupStage } from "./backup-stage.ts";

/** A bridge that goes on with an old state: what ended after the backup does not count again. */

const fresh = (person: Person): Person => ({ ...person, browser: new HttpBrowser() });
const kid = (token: string | undefined): unknown => JSON.parse(Buffer.from((token ?? "").split(".")[0] ?? "", "base64url").toString()).kid;

async function signInRefused({ world, party }: BackupStage, person: Person, code: string): Promise<void> {
  const visitor = fresh(person);
  await expect(signInWithPasskey(world, visitor, await visitor.browser.open((await party.begin()).url))).rejects.toThrow(code);
}

/** Backs up; takes `after` to happen then; restores, and goes on with that. */
async function restoredTo(stage: BackupStage, after: () => Promise<unknown>, ...options: string[]): Promise<Record<string, unknown>> {
  const [backup, restored] = [path.join(stage.desk, "backup"), path.join(stage.desk, "restored.db")];
  expect(await stage.run("backup", "--to", backup)).toMatchObject({ code: 0 });
  await after();
  const { code, stdout, stderr } = await stage.run("restore", "--from", backup, "--to", restored, "--json", ...options);
  expect([code, stderr]).toEqual([0, ""]);
  const database = new Database(restored, { readonly: true });
  const announced = database.prepare(`SELECT "event" FROM "announcement" ORDER BY "sequence"`).pluck().all() as string[];
  database.close();
  await stage.moveTo(restored);
  return { announced: announced.map((event) => (JSON.parse(event) as { event: { kind: string } }).event.kind), ...(JSON.parse(stdout) as Record<string, unknown>) };
}

describe("a bridge restored to a state that may lack something", () => {
  test("sessions, codes and refresh tokens from before are refused, and passkeys until a JPKI signature; the pseudonym stays", async () => {
    const stage = await backupStage();
    const { world, party, person, refreshToken, sub } = stage;
    const signedIn = await signInAgain(world, fresh(person), party);
    const unused = await party.begin();
    const code = await reachCallback(person, await signInWithPasskey(world, person, await person.browser.open(unused.url)));
    await restoredTo(stage, async () => {
      // Used up after the backup, and in it as good as new.
      const tokens = await party.finish(unused, code);
      expect(tokens.claims()?.sub).toBe(sub);
      await client.refreshTokenGrant(party.config, refreshToken);
    });
    await expect(party.finish(unused, code)).rejects.toMatchObject({ error: "invalid_grant" });
    await expect(party.finish(signedIn.signIn, signedIn.callback)).rejects.toMatchObject({ error: "invalid_grant" });
    await expect(client.refreshTokenGrant(party.config, refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });
    const page = await person.browser.open((await party.begin()).url);
    expect(page.text).toContain("/passkey/options");
    await signInRefused(stage, person, "passkey_not_active");

    await goThrough(world, withNewPhone(person), "release", { device: "same" });
    const visitor = fresh(person);
    const { url, ...signIn } = await party.begin();
    const consent = await signInWithPasskey(world, visitor, await visitor.browser.open(url));
    expect(consent.text).toContain("/consent");
    const tokens = await party.finish({ url, ...signIn }, await reachCallback(visitor, consent));
    expect(tokens.claims()).toMatchObject({ sub, ial: 3 });
  });

  test("a hold that was set after the backup cannot be gone round by the passkey it was set for", async () => {
    const stage = await backupStage();
    const { world, person } = stage;
    const row = await world.bridge.storage.read.person.findFirst({});
    const hold = (): Promise<void> => holdPerson(world.bridge.storage, { personId: asIdentifier<PersonId>(row?.id ?? ""), at: world.now(), by: "person", liftedBy: "signature", policy: defaultPolicy });
    await restoredTo(stage, hold);
    await signInRefused(stage, person, "passkey_not_active");
  });

  test("the provider signs by a new key, the receipt tells of it, the chain holds, relying parties are told", async () => {
    const stage = await backupStage();
    const { world, party, person } = stage;
    const { signIn, callback } = await signInAgain(world, fresh(person), party);
    const before = await party.finish(signIn, callback);
    const done = await restoredTo(stage, async () => undefined);
    expect(done).toMatchObject({ people: 1, passkeys_suspended: 1, nothing_lacks: null, announced: ["credential_changed", "sessions_ended"] });
    const { read } = world.bridge.storage;
    const receipt = await read.receipt.findFirst({ where: { kind: "database_restored" } });
    expect(JSON.parse(receipt?.detail ?? "")).toMatchObject({ last_receipt: done["last_receipt"], passkeys_suspended: 1 });
    expect(await stage.run("audit", "verify")).toMatchObject({ code: 0 });
    const again = await enrolAndSignIn(world, withNewPhone(person), party);
    expect(kid((await party.finish(again.signIn, again.callback)).id_token)).not.toBe(kid(before.id_token));
  });
});

describe("a bridge restored to where it stopped", () => {
  test("by the checkpoint of its end passkeys, consents and keys go on; sessions and tokens do not", async () => {
    const stage = await backupStage();
    const { world, party, person, refreshToken, desk } = stage;
    const checkpoint = path.join(desk, "checkpoint");
    // As the command gives it once the bridge has stopped, which this one does for the restore.
    const stopped = async (): Promise<void> => writeFileSync(checkpoint, await takeCheckpoint(world.bridge.storage, world.issuer, world.now(), true));
    const done = await restoredTo(stage, stopped, "--checkpoint", checkpoint);
    expect(done).toMatchObject({ passkeys_suspended: 0, nothing_lacks: "checkpoint" });
    await expect(client.refreshTokenGrant(party.config, refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });
    const { signIn, callback } = await signInAgain(world, fresh(person), party);
    expect((await party.finish(signIn, callback)).claims()).toMatchObject({ ial: 3 });
  });

  test.each([["audit", "checkpoint", "--final"], ["restore", "--in-place"]])("%s %s is refused while a bridge works on the database", async (...command) => {
    const stage = await backupStage();
    expect(await stage.run(...command)).toMatchObject({ code: 3, stderr: expect.stringContaining("a bridge works on this database") as string });
  });
});
