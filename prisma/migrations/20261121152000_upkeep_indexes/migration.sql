-- What upkeep looks for again and again is found without reading whole tables
CREATE INDEX "person_erased_at_idx" ON "person"("erased_at");
CREATE INDEX "evidence_kind_expires_at_id_idx" ON "evidence"("kind", "expires_at", "id");
CREATE INDEX "passkey_bound_by_evidence_id_idx" ON "passkey"("bound_by_evidence_id");
CREATE INDEX "passkey_last_used_at_id_idx" ON "passkey"("last_used_at", "id");
