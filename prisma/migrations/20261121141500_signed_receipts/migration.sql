-- Receipts are signed one by one, by keys of their own. Those from before have no signature: the first signed one vouches for them by its hash
CREATE TABLE "receipt_key" (
    "sequence" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "sealed_key" BLOB NOT NULL
);

CREATE UNIQUE INDEX "receipt_key_id_key" ON "receipt_key"("id");

ALTER TABLE "receipt" ADD COLUMN "signature" BLOB;
ALTER TABLE "receipt" ADD COLUMN "signing_key" TEXT;
-- Of a record whose content was forgotten: what it hashed to, so that the chain holds without it
ALTER TABLE "receipt" ADD COLUMN "forgotten_content_hash" BLOB;
