import { describe, expect, test } from "vitest";
import { asIdentifier, type ClientId, type Subject } from "../../src/identifiers.ts";
import { administeredConfiguration } from "../../src/config.ts";
import { openStorage } from "../../src/cli/with-storage.ts";
import { enqueue, reportErrors, takePending } from "../../src/signals/outbox.ts";
import { addParty, addStream, at, verification } from "../signals/delivery-rig.ts";
import { type Desk, desk } from "./run-cli.ts";

const party = asIdentifier<ClientId>("party");

/** Two events wait in the stream of a relying party, a third is dead; a logout waits. */
async function filled(): Promise<{ place: Desk; dead: string }> {
  const place = desk();
  const storage = await openStorage(administeredConfiguration(undefined, { JPKI_BRIDGE_DATA: place.directory }));
  await addParty(storage);
  await addStream(storage, { id: "stream", endpointUrl: "https://party.example/events" });
  await storage.transaction(async (transaction) => {
    await enqueue(transaction, at, ["0", "1", "2"].map((state) => ({ clientId: party, streamId: "stream", message: verification(state) })));
    await enqueue(transaction, at, [{ clientId: party, streamId: null, message: { kind: "logout", subject: asIdentifier<Subject>("somebody"), sid: null } }]);
  });
  const dead = (await takePending(storage, "stream", 1))[0]?.jti ?? "";
  await reportErrors(storage, "stream", { [dead]: "invalid_key" }, at + 60);
  await storage.close();
  return { place, dead };
}

describe("signals", () => {
  test("what waits, what is dead, and back again; nobody is named", async () => {
    const { place, dead } = await filled();
    const common = { client_id: "party", status: "enabled", oldest_at: at, attempts: 0, last_error: null };
    expect(await place.json("signals", "list")).toEqual([
      { ...common, stream_id: "stream", delivery: "push", waiting: 2, dead_letters: 1 },
      { ...common, stream_id: null, delivery: "logout", waiting: 1, dead_letters: 0 },
    ]);
    expect(await place.json("signals", "dead-letters")).toEqual([{ jti: dead, client_id: "party", stream_id: "stream", kind: "verification", at, attempts: 0, last_error: "invalid_key", died_at: at + 60 }]);
    expect(await place.json("signals", "retry", "--jti", dead, "--operator", "night shift")).toEqual({ retried: 1 });
    const { stdout } = await place.run("signals", "list");
    expect(stdout).toMatch(/^RELYING PARTY +STREAM +BY +STATUS +WAITING +SINCE +LAST ERROR +DEAD\nparty +stream +push +enabled +3 +\S+Z +invalid_key +0\nparty +logout +enabled +1 +2027-01-15T08:00:00Z +0\n$/);
    expect((await place.run("audit", "export")).stdout).toContain(`"operator":"night shift"`);
  }, 90_000);

  test("retry of what nobody knows says so", async () => {
    const { place } = await filled();
    for (const [option, why] of [["--client", "no such relying party"], ["--jti", "no dead letter of this token that can be put back"]] as const) {
      expect(await place.run("signals", "retry", option, "nope")).toMatchObject({ code: 3, stdout: "", stderr: `not_found: ${why}\n` });
    }
  }, 90_000);

  const wrong: readonly (readonly string[])[] = [[], ["--all", "--client", "party"], ["--jti", "x", "--all"]];
  test.each(wrong.map((parameters) => ({ parameters })))("retry $parameters is wrong usage", async ({ parameters }) => {
    expect(await desk().run("signals", "retry", ...parameters)).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("name one of --jti, --client, --all") });
  });
});
