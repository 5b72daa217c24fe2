-- What was told of an expiry that comes near, and of models called compromised
ALTER TABLE "evidence" ADD COLUMN "expiry_told" INTEGER;
CREATE INDEX "evidence_expiry_told_expires_at_idx" ON "evidence"("expiry_told", "expires_at");
CREATE INDEX "evidence_status_checked_at_idx" ON "evidence"("status_checked_at");
ALTER TABLE "passkey" ADD COLUMN "told_compromised" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "passkey_told_compromised_aaguid_idx" ON "passkey"("told_compromised", "aaguid");
