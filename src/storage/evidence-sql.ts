const speaks = `AND "superseded_by_id" IS NULL AND "ended_at" IS NULL`;

/** What both engines ask for when certificates are compared with lists. */
export const evidenceSql = {
  speaks,
  found: `SELECT "id" AS "evidenceId","person_id" AS "personId","status" FROM "evidence"`,
  held: `SELECT "id" AS "evidenceId","person_id" AS "personId" FROM "evidence" WHERE "status"='hold' AND "status_source"='crl' ${speaks}`,
} as const;
