import Database from "better-sqlite3";
import type { BoundEvidence, ComparedEvidence, FoundEvidence } from "./listed-certificates.ts";
import { evidenceSql } from "./evidence-sql.ts";

/** Digests in memory at once. */
const pageSize = 1000;

/** Runs `work` on the evidence in a file, over a connection of its own. */
export async function withEvidence<Result>({ file }: { readonly file: string }, work: (evidence: ComparedEvidence) => Promise<Result>): Promise<Result> {
  const database = new Database(file, { readonly: true, timeout: 5000 });
  try {
    return await work(evidenceIn(database));
  } finally {
    database.close();
  }
}

/** The evidence of a database. */
export function evidenceIn(database: Database.Database): ComparedEvidence {
  const byDigest = database.prepare<[Uint8Array], FoundEvidence>(`${evidenceSql.found} WHERE "certificate_digest"=? ${evidenceSql.speaks}`);
  return {
    *digests() {
      let page: Uint8Array[] = [];
      for (const digest of database.prepare<[], Uint8Array>(`SELECT "certificate_digest" FROM "evidence"`).pluck().iterate()) {
        page.push(digest);
        if (page.length < pageSize) continue;
        yield page;
        page = [];
      }
      yield page;
    },
    find: async (digests) => digests.map((digest) => byDigest.get(digest)),
    held: async () => database.prepare<[], BoundEvidence>(evidenceSql.held).all(),
  };
}
