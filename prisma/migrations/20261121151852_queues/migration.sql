-- A queue is read by its first entries, whatever lies in others or died in this one; when something happened and
-- since when it waits are two things, so that one that is tried again does not seem to have happened anew
CREATE TABLE "outbox_new" (
    "sequence" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "jti" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "stream_id" TEXT,
    "at" DATETIME NOT NULL,
    "queued_at" DATETIME NOT NULL,
    "message" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "next_attempt_at" DATETIME NOT NULL,
    "last_error" TEXT,
    "died_at" DATETIME,
    CONSTRAINT "outbox_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "relying_party" ("client_id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "outbox_stream_id_fkey" FOREIGN KEY ("stream_id") REFERENCES "signal_stream" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "outbox_new" ("sequence", "jti", "client_id", "stream_id", "at", "queued_at", "message", "attempts", "next_attempt_at", "last_error", "died_at")
    SELECT "sequence", "jti", "client_id", "stream_id", "at", "at", "message", "attempts", "next_attempt_at", "last_error", "died_at" FROM "outbox";
DROP TABLE "outbox";
ALTER TABLE "outbox_new" RENAME TO "outbox";
CREATE UNIQUE INDEX "outbox_jti_key" ON "outbox"("jti");
CREATE INDEX "outbox_client_id_stream_id_died_at_next_attempt_at_idx" ON "outbox"("client_id", "stream_id", "died_at", "next_attempt_at");
CREATE INDEX "outbox_stream_id_died_at_sequence_idx" ON "outbox"("stream_id", "died_at", "sequence");
CREATE INDEX "outbox_died_at_queued_at_idx" ON "outbox"("died_at", "queued_at");

ALTER TABLE "signal_stream" ADD COLUMN "verification_jti" TEXT;
ALTER TABLE "signal_stream" ADD COLUMN "discarded_through" INTEGER NOT NULL DEFAULT 0;

-- No relying party asked to be told of sessions one by one: most ends are those of all sessions of a person
UPDATE "relying_party" SET "metadata" = json_remove("metadata", '$.backchannel_logout_session_required');
