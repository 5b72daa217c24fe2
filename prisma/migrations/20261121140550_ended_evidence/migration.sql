-- Evidence that its person ended, and what finds a person by the basic four attributes
ALTER TABLE "evidence" ADD COLUMN "ended_at" DATETIME;
ALTER TABLE "evidence" ADD COLUMN "end_reason" TEXT;
ALTER TABLE "evidence" ADD COLUMN "attributes_digest" BLOB;
CREATE INDEX "evidence_attributes_digest_idx" ON "evidence"("attributes_digest");

-- Recoveries that wait for the operator
CREATE TABLE "recovery_review" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "person_id" TEXT NOT NULL,
    "certificate_digest" BLOB NOT NULL,
    "medium" TEXT NOT NULL,
    "certificate_expires_at" DATETIME NOT NULL,
    "opened_at" DATETIME NOT NULL,
    "state" TEXT NOT NULL,
    "decided_at" DATETIME,
    "decided_by" TEXT,
    "reason" TEXT,
    CONSTRAINT "recovery_review_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "recovery_review_person_id_idx" ON "recovery_review"("person_id");
CREATE INDEX "recovery_review_certificate_digest_idx" ON "recovery_review"("certificate_digest");
