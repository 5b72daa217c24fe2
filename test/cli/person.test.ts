import { userInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { openStorage } from "../../src/cli/with-storage.ts";
import { administeredConfiguration } from "../../src/config.ts";
import { attributesDigests, openReview } from "../../src/people/index.ts";
import { lastReceipt, sector, somebody, type Somebody } from "../people/lifecycle-fixture.ts";
import { person } from "../people/people-fixture.ts";
import { afterTest } from "../storage/temporary.ts";
import { type Desk, desk, runCli } from "./run-cli.ts";

/** A desk with one person on record, and the pseudonym by which a service asks about them. */
async function deskWithSomebody(): Promise<Desk & { who: Somebody; subject: string }> {
  const place = desk();
  const storage = await openStorage(administeredConfiguration(undefined, { JPKI_BRIDGE_DATA: place.directory }));
  afterTest(() => storage.close());
  const who = await somebody(storage);
  return { ...place, who, subject: (await storage.read.lookups.subject(who.personId, sector)) ?? "" };
}
const because = ["--reason", "lost phone, called", "--operator", "sato"];
const written = { operator: "sato", reason: "lost phone, called" };

describe("person show", () => {
  test("by pairwise subject, receipt id and person id the same; the look is written down first", async () => {
    const { json, who, subject } = await deskWithSomebody();
    const receipt = (await who.storage.read.receipt.findFirst())?.id ?? "";
    for (const named of [subject, receipt, who.personId]) {
      const shown = await json<{ receipts: { kind: string }[] }>("person", "show", named, ...because);
      expect(shown).toMatchObject({
        person: who.personId, state: "active", recovered_at: null, services: 1,
        certificates: [{ id: who.evidenceId, kind: "jpki_user_authentication", medium: "smartphone", state: "good", continuity: null }],
        passkeys: who.passkeys.map((id) => ({ id, state: "active", last_used_at: null, bound_by: who.evidenceId, synced: true })),
      });
      expect(shown.receipts[0]?.kind).toBe("operator_looked");
      expect(await lastReceipt(who.storage)).toEqual({ kind: "operator_looked", detail: { ...written, looked: "person" } });
    }
  });

  test("shows no name, no certificate, no pseudonym and no service", async () => {
    const { run, who, subject } = await deskWithSomebody();
    await who.storage.transaction(({ data }) => data.passkey.updateMany({ data: { name: "花子の電話" } }));
    for (const format of [[], ["--json"]]) {
      const { code, stdout, stderr } = await run("person", "show", who.personId, ...because, ...format);
      expect([code, stderr]).toEqual([0, ""]);
      for (const secret of ["花子", "CN=", subject, "shop", "1.2.392"]) expect(stdout).not.toContain(secret);
      expect(stdout).toContain(who.evidenceId);
    }
  });

  test("who finds nobody has looked, too", async () => {
    const { run, who } = await deskWithSomebody();
    const { code, stdout, stderr } = await run("person", "show", "nobody", ...because);
    expect([code, stdout, stderr]).toEqual([3, "", "not_found: nobody goes by this pairwise subject, receipt id or person id\n"]);
    expect(await lastReceipt(who.storage)).toEqual({ kind: "operator_looked", detail: { ...written, looked: "person" } });
  });
});

describe("what an operator does", () => {
  test("hold and release, as the operator keeps it", async () => {
    const { json, run, who, subject } = await deskWithSomebody();
    expect(await json("person", "hold", subject, "--release-by", "operator", ...because)).toEqual({ person: who.personId, done: "on hold" });
    expect(await lastReceipt(who.storage)).toEqual({ kind: "person_held", detail: { by: "operator", ...written, lifted_by: "operator" } });
    expect((await run("person", "show", subject, ...because)).stdout).toMatch(/ {2}held, by the operator since \S+Z, lifted by the operator; since/);
    expect((await run("person", "release", subject, ...because)).stdout).toBe(`${who.personId} is released\n`);
    expect((await person(who.storage, who.personId)).state).toBe("active");
  });

  test("one that is as hard to lift is there already: says which", async () => {
    const { run, who, subject } = await deskWithSomebody();
    await run("person", "hold", subject, ...because);
    expect(await run("person", "hold", subject, ...because)).toMatchObject({ code: 3, stdout: "", stderr: expect.stringMatching(/^person_on_hold: held already, by the operator since \S+Z, lifted by a JPKI signature\n$/) as string });
    expect((await run("person", "hold", subject, "--release-by", "operator", ...because)).code).toBe(0);
    expect((await run("person", "hold", who.personId, ...because)).stderr).toMatch(/, lifted by the operator\n$/);
  });

  test("a hold that a signature lifts is not talked out of an operator", async () => {
    const { run, who, subject } = await deskWithSomebody();
    expect((await run("person", "hold", subject, ...because)).code).toBe(0);
    const { code, stderr } = await run("person", "release", subject, ...because);
    expect([code, stderr]).toEqual([3, "operation_not_possible: a JPKI signature of the person lifts this hold\n"]);
    expect((await person(who.storage, who.personId)).state).toBe("held");
  });

  test("recover ends the passkeys, erase needs its word and ends the person", async () => {
    const { run, who, subject } = await deskWithSomebody();
    expect((await run("person", "recover", subject, ...because)).code).toBe(0);
    expect((await person(who.storage, who.personId)).passkeys.map(({ state }) => state)).toEqual(["revoked", "revoked"]);
    expect(await run("person", "erase", subject, ...because)).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes: an erasure cannot be undone") as string });
    expect((await person(who.storage, who.personId)).state).toBe("active");
    expect((await run("person", "erase", subject, "--yes", ...because)).stdout).toBe(`${who.personId} is erased\n`);
    expect((await person(who.storage, who.personId)).state).toBe("erased");
    expect(await lastReceipt(who.storage)).toEqual({ kind: "person_erased", detail: { by: "operator", ...written } });
  });

  test("reviews are listed and decided once", async () => {
    const { json, run, who } = await deskWithSomebody();
    const { storage } = who;
    const attributes = { name: { text: "山田花子", substituted: [] }, address: { text: "東京都", substituted: [] }, birthDate: "1990-01-01", gender: "female" } as const;
    const at = Math.floor(Date.now() / 1000);
    const review = await storage.transaction(async (transaction) => {
      await transaction.data.evidence.update({ where: { id: who.evidenceId }, data: { attributesDigest: attributesDigests(storage.sealing, attributes)?.[0] ?? null } });
      return (await openReview(transaction, { sealing: storage.sealing, attributes, certificateDigests: [utf8("new")], medium: "card", certificateExpiresAt: at + 60, at }))?.id;
    }) ?? "";
    expect(await json("person", "reviews", ...because)).toEqual([{ review, person: who.personId, medium: "card", certificate_expires_at: at + 60, opened_at: at, state: "open", decided_at: null, decided_by: null, reason: null }]);
    expect(await lastReceipt(storage)).toEqual({ kind: "operator_looked", detail: { ...written, looked: "reviews" } });
    expect(await json("person", "review", "approve", review, ...because)).toEqual({ review, state: "approved" });
    expect(await run("person", "review", "deny", review, ...because)).toMatchObject({ code: 3, stderr: "operation_not_possible: the review is not open\n" });
    expect(await json("person", "reviews", ...because)).toEqual([]);
    expect((await run("person", "reviews", "--all", ...because)).stdout).toMatch(new RegExp(`^${review} +${who.personId} +card +\\S+Z +approved +sato$`, "m"));
  });

  const probes = [["hold", "nobody"], ["release", "nobody"], ["recover", "nobody"], ["erase", "nobody", "--yes"]];
  test.each(probes.map((words) => ({ command: words.join(" "), words })))("$command: who finds nobody has looked, too", async ({ words }) => {
    const { run, who } = await deskWithSomebody();
    expect(await run("person", ...words, ...because)).toMatchObject({ code: 3, stderr: expect.stringContaining("not_found: nobody goes by") as string });
    expect(await lastReceipt(who.storage)).toEqual({ kind: "operator_looked", detail: { ...written, looked: "person" } });
  });

  test("what is refused was a look: who asks for it learns how somebody stands", async () => {
    const { run, who } = await deskWithSomebody();
    expect(await run("person", "release", who.personId, ...because)).toMatchObject({ code: 3 });
    expect(await lastReceipt(who.storage)).toEqual({ kind: "operator_looked", detail: { ...written, looked: "person" } });
  });

  test("the operator is the system's user unless another is named", async () => {
    const { run, who } = await deskWithSomebody();
    await run("person", "hold", who.personId, "--reason", "asked");
    expect(await lastReceipt(who.storage)).toMatchObject({ detail: { operator: userInfo().username, reason: "asked" } });
  });
});

describe("an operator without a reason", () => {
  const commands = [["show", "x"], ["hold", "x"], ["release", "x"], ["recover", "x"], ["erase", "x", "--yes"], ["reviews"], ["review", "approve", "x"], ["review", "deny", "x"]];
  test.each(commands.map((words) => ({ command: words.join(" "), words })))("person $command: exit 2, nothing done", async ({ words }) => {
    const place = desk();
    expect(await runCli(["person", ...words], place.directory)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("required option '--reason <text>' not specified") as string });
  });

  test.each([
    { name: "an empty one", reason: "  ", code: 2, says: "--reason: 1 to 200 characters" },
    { name: "one too long", reason: "a".repeat(201), code: 2, says: "--reason: 1 to 200 characters" },
    { name: "one with a My Number", reason: "her number is 1234 5678 9018", code: 3, says: "my_number_refused: --reason: must not hold a My Number" },
  ])("$name is refused", async ({ reason, code, says }) => {
    const { run, who } = await deskWithSomebody();
    const before = await who.storage.read.receipt.count();
    expect(await run("person", "show", who.personId, "--reason", reason)).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(says) as string });
    expect(await who.storage.read.receipt.count()).toBe(before);
  });

  test("nor with a word --release-by does not know", async () => {
    const { run, who } = await deskWithSomebody();
    expect(await run("person", "hold", who.personId, "--release-by", "anybody", ...because)).toMatchObject({ code: 2, stderr: expect.stringContaining("--release-by: must be signature or operator") as string });
  });
});
