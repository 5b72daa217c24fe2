-- Status is asked for again in the order in which passkeys were used: nothing looks for the one asked longest ago any more
DROP INDEX "evidence_status_checked_at_idx";
