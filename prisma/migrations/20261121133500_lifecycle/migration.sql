-- Who put a person on hold and what lifts it, recoveries and erasures
ALTER TABLE "person" ADD COLUMN "held_by" TEXT;
ALTER TABLE "person" ADD COLUMN "hold_lifted_by" TEXT;
ALTER TABLE "person" ADD COLUMN "erased_at" DATETIME;
ALTER TABLE "person" ADD COLUMN "recovered_at" DATETIME;
ALTER TABLE "person" ADD COLUMN "grants_ended_at" DATETIME;
UPDATE "person" SET "grants_ended_at" = "sessions_ended_at";

-- What relying parties are to hear
CREATE TABLE "announcement" (
    "sequence" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "person_id" TEXT NOT NULL,
    "event" TEXT NOT NULL,
    "audience" TEXT NOT NULL
);
CREATE UNIQUE INDEX "announcement_id_key" ON "announcement"("id");
