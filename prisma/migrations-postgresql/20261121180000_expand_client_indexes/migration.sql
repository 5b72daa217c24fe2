-- What a relying party was given and what people agreed to with it go when it is removed: found by index, in pieces.
-- On a big database of PostgreSQL they may be made before, without stopping writers: docs/operations.md, "Upgrade".
CREATE INDEX IF NOT EXISTS "artifact_client_id_idx" ON "artifact"("client_id") WHERE "client_id" IS NOT NULL;
CREATE INDEX IF NOT EXISTS "consent_client_id_idx" ON "consent"("client_id");
