-- What is to be delivered to relying parties, until they have it
CREATE TABLE "outbox" (
    "sequence" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "jti" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "stream_id" TEXT,
    "at" DATETIME NOT NULL,
    "message" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "next_attempt_at" DATETIME NOT NULL,
    "last_error" TEXT,
    "died_at" DATETIME,
    CONSTRAINT "outbox_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "relying_party" ("client_id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "outbox_stream_id_fkey" FOREIGN KEY ("stream_id") REFERENCES "signal_stream" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "outbox_jti_key" ON "outbox"("jti");
CREATE INDEX "outbox_client_id_stream_id_sequence_idx" ON "outbox"("client_id", "stream_id", "sequence");
CREATE INDEX "outbox_stream_id_sequence_idx" ON "outbox"("stream_id", "sequence");
CREATE INDEX "outbox_died_at_next_attempt_at_idx" ON "outbox"("died_at", "next_attempt_at");
