import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { openDatabase, verifyReceipts } from "../../src/storage/index.ts";
import { startPostgresql } from "../support/postgresql.ts";
import { testSealing } from "../storage/temporary.ts";

/** The SQL of docs/database.md. */
const documented = /```sql\n([\s\S]*?)```/.exec(readFileSync(path.resolve("docs/database.md"), "utf8"))?.[1] ?? "";

test("with the roles of the document one migrates, and the other runs the bridge and may change no table", async () => {
  const server = await startPostgresql();
  try {
    const [before = "", after = ""] = documented.split("\\connect bridge");
    for (const statement of before.split(";").filter((each) => each.trim() !== "")) await server.query(statement);
    await server.query(after, "bridge");
    for (const role of ["bridge_owner", "bridge"]) await server.query(`ALTER ROLE ${role} PASSWORD 'p'`);
    const place = (role: string) => {
      const url = new URL(server.url("bridge"));
      [url.username, url.password] = [role, "p"];
      return { url: url.href, poolSize: 3 };
    };
    await expect(openDatabase(place("bridge"), testSealing())).rejects.toMatchObject({ code: "42501" });
    await (await openDatabase(place("bridge_owner"), testSealing())).close();
    const storage = await openDatabase(place("bridge"), testSealing());
    await storage.artifacts.put("T", "a", {}, { expiresAt: 2_000_000_000 });
    await storage.recordReceipt({ kind: "k", at: 1, personId: null, detail: {} });
    await storage.transaction(async ({ data }) => void (await data.announcement.create({ data: { id: "a", at: new Date(0), personId: "p", event: "{}", audience: "[]" } })));
    expect(await verifyReceipts(storage.read)).toMatchObject({ receipts: 1, fault: null });
    await storage.close();
  } finally {
    await server.stop();
  }
});
