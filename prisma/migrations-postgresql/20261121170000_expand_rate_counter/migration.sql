-- What limits count that processes share. Keys are digests; a row is worth nothing once its window is over.
CREATE TABLE "rate_counter" (
    "key" TEXT COLLATE "C" NOT NULL,
    "points" INTEGER NOT NULL,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "rate_counter_pkey" PRIMARY KEY ("key")
);
CREATE INDEX "rate_counter_expires_at_idx" ON "rate_counter"("expires_at");
