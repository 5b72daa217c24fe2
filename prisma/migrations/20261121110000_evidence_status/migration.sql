-- Finds the few pieces of evidence that are on hold among all that are good
CREATE INDEX "evidence_status_idx" ON "evidence"("status");
