-- Which verified claims a person lets a relying party have, claim by claim
ALTER TABLE "consent" ADD COLUMN "verified_claims" TEXT NOT NULL DEFAULT '{}';
