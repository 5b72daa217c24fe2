-- People, their evidence and their passkeys
CREATE TABLE "person" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "state" TEXT NOT NULL DEFAULT 'active',
    "user_handle" BLOB NOT NULL,
    "created_at" DATETIME NOT NULL,
    "held_at" DATETIME,
    "sessions_ended_at" DATETIME
);
CREATE UNIQUE INDEX "person_user_handle_key" ON "person"("user_handle");

CREATE TABLE "evidence" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "person_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "medium" TEXT NOT NULL,
    "policy" TEXT NOT NULL,
    "issuer" TEXT NOT NULL,
    "certificate_digest" BLOB NOT NULL,
    "sealed_certificate" BLOB NOT NULL,
    "verified_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "status" TEXT NOT NULL,
    "status_source" TEXT NOT NULL,
    "status_this_update" DATETIME NOT NULL,
    "status_checked_at" DATETIME NOT NULL,
    "continuity" TEXT,
    "superseded_by_id" TEXT,
    CONSTRAINT "evidence_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "evidence_certificate_digest_key" ON "evidence"("certificate_digest");
CREATE INDEX "evidence_person_id_idx" ON "evidence"("person_id");

CREATE TABLE "passkey" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "person_id" TEXT NOT NULL,
    "credential_id" TEXT NOT NULL,
    "public_key" BLOB NOT NULL,
    "sign_count" INTEGER NOT NULL,
    "transports" TEXT NOT NULL,
    "aaguid" TEXT NOT NULL,
    "backup_eligible" BOOLEAN NOT NULL,
    "backed_up" BOOLEAN NOT NULL,
    "attestation" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "last_used_at" DATETIME,
    "bound_by_evidence_id" TEXT NOT NULL,
    "bound_at" DATETIME NOT NULL,
    "bound_ial" INTEGER NOT NULL,
    "bound_aal" INTEGER NOT NULL,
    "bound_device" TEXT NOT NULL,
    CONSTRAINT "passkey_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "passkey_bound_by_evidence_id_fkey" FOREIGN KEY ("bound_by_evidence_id") REFERENCES "evidence" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "passkey_credential_id_key" ON "passkey"("credential_id");
CREATE INDEX "passkey_person_id_idx" ON "passkey"("person_id");

CREATE TABLE "pairwise_subject" (
    "person_id" TEXT NOT NULL,
    "sector" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,

    PRIMARY KEY ("person_id", "sector"),
    CONSTRAINT "pairwise_subject_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "pairwise_subject_subject_key" ON "pairwise_subject"("subject");

-- What a person agreed to share with a relying party, until it is withdrawn
CREATE TABLE "consent" (
    "person_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "scope" TEXT NOT NULL,
    "claims" TEXT NOT NULL,
    "resources" TEXT NOT NULL,
    "granted_at" DATETIME NOT NULL,

    PRIMARY KEY ("person_id", "client_id"),
    CONSTRAINT "consent_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- Relying parties and the provider's own keys
CREATE TABLE "relying_party" (
    "client_id" TEXT NOT NULL PRIMARY KEY,
    "metadata" TEXT NOT NULL,
    "sealed_secret" BLOB,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

CREATE TABLE "provider_key" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "algorithm" TEXT NOT NULL,
    "sealed_key" BLOB NOT NULL,
    "created_at" DATETIME NOT NULL,
    "signs_from" DATETIME NOT NULL,
    "retires_at" DATETIME
);

-- The audit log
CREATE TABLE "receipt" (
    "sequence" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    "kind" TEXT NOT NULL,
    "person_id" TEXT,
    "detail" TEXT NOT NULL,
    "previous_hash" BLOB NOT NULL,
    "hash" BLOB NOT NULL
);
CREATE UNIQUE INDEX "receipt_id_key" ON "receipt"("id");
CREATE UNIQUE INDEX "receipt_hash_key" ON "receipt"("hash");
CREATE INDEX "receipt_person_id_idx" ON "receipt"("person_id");

-- Short-lived artifacts: sessions, interactions, codes, tokens, grants, transactions, challenges.
-- Ids are digests and payloads are sealed, so that a copy of this table is worth nothing.
CREATE TABLE "artifact" (
    "model" TEXT NOT NULL,
    "id" BLOB NOT NULL,
    "payload" BLOB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "uid" BLOB,
    "grant_id" BLOB,
    "account_id" TEXT,
    "client_id" TEXT,
    "consumed_at" INTEGER,
    "expires_at" INTEGER NOT NULL,

    PRIMARY KEY ("model", "id")
) WITHOUT ROWID;
CREATE INDEX "artifact_uid_idx" ON "artifact"("uid") WHERE "uid" IS NOT NULL;
CREATE INDEX "artifact_grant_id_idx" ON "artifact"("grant_id") WHERE "grant_id" IS NOT NULL;
CREATE INDEX "artifact_account_id_idx" ON "artifact"("account_id") WHERE "account_id" IS NOT NULL;
CREATE INDEX "artifact_expires_at_idx" ON "artifact"("expires_at");
