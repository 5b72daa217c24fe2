-- What limits count that processes share. Keys are digests; a row is worth nothing once its window is over.
CREATE TABLE "rate_counter" (
    "key" TEXT NOT NULL,
    "points" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,

    PRIMARY KEY ("key")
);
CREATE INDEX "rate_counter_expires_at_idx" ON "rate_counter"("expires_at");
