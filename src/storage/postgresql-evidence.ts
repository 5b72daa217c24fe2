import type { ClientBase } from "pg";
import { evidenceSql } from "./evidence-sql.ts";
import type { BoundEvidence, ComparedEvidence, FoundEvidence } from "./listed-certificates.ts";
import { withConnection } from "./postgresql-connection.ts";

/** Runs `work` on the evidence in a database, over a connection of its own. */
export const withEvidence = <Result>({ url }: { readonly url: string }, work: (evidence: ComparedEvidence) => Promise<Result>): Promise<Result> =>
  withConnection(url, (client) => work(evidenceIn(client)));

/** Digests in memory at once. */
const pageSize = 10_000;

const sql = {
  page: `SELECT "certificate_digest" AS "digest" FROM "evidence" WHERE "certificate_digest">$1 ORDER BY "certificate_digest" LIMIT ${pageSize}`,
  find: `${evidenceSql.found.replace("SELECT", `SELECT encode("certificate_digest",'hex') AS "digest",`)} WHERE "certificate_digest"=ANY($1::bytea[]) ${evidenceSql.speaks}`,
} as const;

function evidenceIn(client: ClientBase): ComparedEvidence {
  return {
    async *digests() {
      // A digest that another key wraps meanwhile would move from a page to come to one that was read.
      await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      try {
        let after = new Uint8Array();
        for (;;) {
          const { rows } = await client.query<{ digest: Uint8Array<ArrayBuffer> }>(sql.page, [Buffer.from(after)]);
          if (rows.length === 0) return;
          yield rows.map(({ digest }) => digest);
          after = rows.at(-1)?.digest ?? after;
        }
      } finally {
        await client.query("COMMIT");
      }
    },
    find: async (digests) => {
      const { rows } = await client.query<FoundEvidence & { digest: string }>(sql.find, [digests.map((digest) => Buffer.from(digest))]);
      const found = new Map(rows.map(({ digest, ...row }) => [digest, row]));
      return digests.map((digest) => found.get(Buffer.from(digest).toString("hex")));
    },
    held: async () => (await client.query<BoundEvidence>(evidenceSql.held)).rows,
  };
}
