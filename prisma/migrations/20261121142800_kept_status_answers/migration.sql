-- Every answer that a receipt rests on is kept, by its digest, not the last one alone
CREATE TABLE "status_answer" (
    "digest" TEXT NOT NULL PRIMARY KEY,
    "sealed_answer" BLOB NOT NULL,
    "person_id" TEXT,
    "kept_at" DATETIME NOT NULL
);

CREATE INDEX "status_answer_person_id_idx" ON "status_answer"("person_id");
CREATE INDEX "status_answer_kept_at_idx" ON "status_answer"("kept_at");

ALTER TABLE "evidence" DROP COLUMN "sealed_status_answer";
ALTER TABLE "evidence" ADD COLUMN "status_answer_digest" TEXT;
