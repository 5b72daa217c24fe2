-- The whole data model of version 0.2.0, as prisma/migrations has made it on SQLite. Text is compared octet by
-- octet ("C"), as there: no two texts are the same that are not, and no order depends on where the server runs.
-- Counters and numbers that only grow have 64 bits; times of the data model carry their zone.

-- People, their evidence and their passkeys
CREATE TABLE "person" (
    "id" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL DEFAULT 'active',
    "user_handle" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "held_at" TIMESTAMPTZ(3),
    "sessions_ended_at" TIMESTAMPTZ(3),
    "held_by" TEXT COLLATE "C",
    "hold_lifted_by" TEXT COLLATE "C",
    "erased_at" TIMESTAMPTZ(3),
    "recovered_at" TIMESTAMPTZ(3),
    "grants_ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "person_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "person_user_handle_key" ON "person"("user_handle");
CREATE INDEX "person_erased_at_idx" ON "person"("erased_at");

CREATE TABLE "evidence" (
    "id" TEXT COLLATE "C" NOT NULL,
    "person_id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "medium" TEXT COLLATE "C" NOT NULL,
    "policy" TEXT COLLATE "C" NOT NULL,
    "issuer" TEXT COLLATE "C" NOT NULL,
    "certificate_digest" BYTEA NOT NULL,
    "sealed_certificate" BYTEA NOT NULL,
    "verified_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "status_source" TEXT COLLATE "C" NOT NULL,
    "status_this_update" TIMESTAMPTZ(3) NOT NULL,
    "status_checked_at" TIMESTAMPTZ(3) NOT NULL,
    "continuity" TEXT COLLATE "C",
    "superseded_by_id" TEXT COLLATE "C",
    "expiry_told" INTEGER,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" TEXT COLLATE "C",
    "attributes_digest" BYTEA,
    "status_answer_digest" TEXT COLLATE "C",

    CONSTRAINT "evidence_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "evidence_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "evidence_certificate_digest_key" ON "evidence"("certificate_digest");
CREATE INDEX "evidence_person_id_idx" ON "evidence"("person_id");
CREATE INDEX "evidence_status_idx" ON "evidence"("status");
CREATE INDEX "evidence_expiry_told_expires_at_idx" ON "evidence"("expiry_told", "expires_at");
CREATE INDEX "evidence_attributes_digest_idx" ON "evidence"("attributes_digest");
CREATE INDEX "evidence_kind_expires_at_id_idx" ON "evidence"("kind", "expires_at", "id");

CREATE TABLE "passkey" (
    "id" TEXT COLLATE "C" NOT NULL,
    "person_id" TEXT COLLATE "C" NOT NULL,
    "credential_id" TEXT COLLATE "C" NOT NULL,
    "public_key" BYTEA NOT NULL,
    "sign_count" BIGINT NOT NULL,
    "transports" TEXT COLLATE "C" NOT NULL,
    "aaguid" TEXT COLLATE "C" NOT NULL,
    "backup_eligible" BOOLEAN NOT NULL,
    "backed_up" BOOLEAN NOT NULL,
    "attestation" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "bound_by_evidence_id" TEXT COLLATE "C" NOT NULL,
    "bound_at" TIMESTAMPTZ(3) NOT NULL,
    "bound_ial" INTEGER NOT NULL,
    "bound_aal" INTEGER NOT NULL,
    "bound_device" TEXT COLLATE "C" NOT NULL,
    "told_compromised" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "passkey_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "passkey_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "passkey_bound_by_evidence_id_fkey" FOREIGN KEY ("bound_by_evidence_id") REFERENCES "evidence" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "passkey_credential_id_key" ON "passkey"("credential_id");
CREATE INDEX "passkey_person_id_idx" ON "passkey"("person_id");
CREATE INDEX "passkey_told_compromised_aaguid_idx" ON "passkey"("told_compromised", "aaguid");
CREATE INDEX "passkey_bound_by_evidence_id_idx" ON "passkey"("bound_by_evidence_id");
CREATE INDEX "passkey_last_used_at_id_idx" ON "passkey"("last_used_at", "id");

CREATE TABLE "pairwise_subject" (
    "person_id" TEXT COLLATE "C" NOT NULL,
    "sector" TEXT COLLATE "C" NOT NULL,
    "subject" TEXT COLLATE "C" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pairwise_subject_pkey" PRIMARY KEY ("person_id", "sector"),
    CONSTRAINT "pairwise_subject_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "pairwise_subject_subject_key" ON "pairwise_subject"("subject");

-- What a status source answered, by its digest
CREATE TABLE "status_answer" (
    "digest" TEXT COLLATE "C" NOT NULL,
    "sealed_answer" BYTEA NOT NULL,
    "person_id" TEXT COLLATE "C",
    "kept_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "status_answer_pkey" PRIMARY KEY ("digest")
);
CREATE INDEX "status_answer_person_id_idx" ON "status_answer"("person_id");
CREATE INDEX "status_answer_kept_at_idx" ON "status_answer"("kept_at");

-- What a person agreed to share, or refuses to be asked
CREATE TABLE "consent" (
    "person_id" TEXT COLLATE "C" NOT NULL,
    "client_id" TEXT COLLATE "C" NOT NULL,
    "scope" TEXT COLLATE "C" NOT NULL,
    "claims" TEXT COLLATE "C" NOT NULL,
    "resources" TEXT COLLATE "C" NOT NULL,
    "granted_at" TIMESTAMPTZ(3) NOT NULL,
    "verified_claims" TEXT COLLATE "C" NOT NULL DEFAULT '{}',

    CONSTRAINT "consent_pkey" PRIMARY KEY ("person_id", "client_id"),
    CONSTRAINT "consent_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

CREATE TABLE "request_refusal" (
    "person_id" TEXT COLLATE "C" NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "request_refusal_pkey" PRIMARY KEY ("person_id"),
    CONSTRAINT "request_refusal_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- Recoveries that wait for the operator
CREATE TABLE "recovery_review" (
    "id" TEXT COLLATE "C" NOT NULL,
    "person_id" TEXT COLLATE "C" NOT NULL,
    "certificate_digest" BYTEA NOT NULL,
    "medium" TEXT COLLATE "C" NOT NULL,
    "certificate_expires_at" TIMESTAMPTZ(3) NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "decided_by" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",

    CONSTRAINT "recovery_review_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "recovery_review_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "recovery_review_person_id_idx" ON "recovery_review"("person_id");
CREATE INDEX "recovery_review_certificate_digest_idx" ON "recovery_review"("certificate_digest");

-- What relying parties are to hear
CREATE TABLE "announcement" (
    "sequence" BIGSERIAL NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "person_id" TEXT COLLATE "C" NOT NULL,
    "event" TEXT COLLATE "C" NOT NULL,
    "audience" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "announcement_pkey" PRIMARY KEY ("sequence")
);
CREATE UNIQUE INDEX "announcement_id_key" ON "announcement"("id");

-- Relying parties, their streams of security events and what waits in them
CREATE TABLE "relying_party" (
    "client_id" TEXT COLLATE "C" NOT NULL,
    "metadata" TEXT COLLATE "C" NOT NULL,
    "sealed_secret" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "relying_party_pkey" PRIMARY KEY ("client_id")
);

CREATE TABLE "signal_stream" (
    "id" TEXT COLLATE "C" NOT NULL,
    "client_id" TEXT COLLATE "C" NOT NULL,
    "delivery_method" TEXT COLLATE "C" NOT NULL,
    "endpoint_url" TEXT COLLATE "C",
    "sealed_authorization" BYTEA,
    "events_requested" TEXT COLLATE "C",
    "description" TEXT COLLATE "C",
    "status" TEXT COLLATE "C" NOT NULL,
    "status_reason" TEXT COLLATE "C",
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_active_at" TIMESTAMPTZ(3) NOT NULL,
    "verification_at" TIMESTAMPTZ(3),
    "verification_jti" TEXT COLLATE "C",
    "discarded_through" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "signal_stream_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "signal_stream_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "relying_party" ("client_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "signal_stream_client_id_idx" ON "signal_stream"("client_id");

CREATE TABLE "outbox" (
    "sequence" BIGSERIAL NOT NULL,
    "jti" TEXT COLLATE "C" NOT NULL,
    "client_id" TEXT COLLATE "C" NOT NULL,
    "stream_id" TEXT COLLATE "C",
    "at" TIMESTAMPTZ(3) NOT NULL,
    "queued_at" TIMESTAMPTZ(3) NOT NULL,
    "message" TEXT COLLATE "C" NOT NULL,
    "attempts" INTEGER NOT NULL,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "last_error" TEXT COLLATE "C",
    "died_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("sequence"),
    CONSTRAINT "outbox_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "relying_party" ("client_id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "outbox_stream_id_fkey" FOREIGN KEY ("stream_id") REFERENCES "signal_stream" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "outbox_jti_key" ON "outbox"("jti");
CREATE INDEX "outbox_client_id_stream_id_died_at_next_attempt_at_idx" ON "outbox"("client_id", "stream_id", "died_at", "next_attempt_at");
CREATE INDEX "outbox_stream_id_died_at_sequence_idx" ON "outbox"("stream_id", "died_at", "sequence");
CREATE INDEX "outbox_died_at_queued_at_idx" ON "outbox"("died_at", "queued_at");

CREATE TABLE "signal_exclusion" (
    "stream_id" TEXT COLLATE "C" NOT NULL,
    "subject" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "signal_exclusion_pkey" PRIMARY KEY ("stream_id", "subject"),
    CONSTRAINT "signal_exclusion_stream_id_fkey" FOREIGN KEY ("stream_id") REFERENCES "signal_stream" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "signal_exclusion_subject_fkey" FOREIGN KEY ("subject") REFERENCES "pairwise_subject" ("subject") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "signal_exclusion_subject_idx" ON "signal_exclusion"("subject");

-- The provider's own keys and the policies that were in force
CREATE TABLE "provider_key" (
    "id" TEXT COLLATE "C" NOT NULL,
    "algorithm" TEXT COLLATE "C" NOT NULL,
    "sealed_key" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "signs_from" TIMESTAMPTZ(3) NOT NULL,
    "retires_at" TIMESTAMPTZ(3),

    CONSTRAINT "provider_key_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "assurance_policy" (
    "version" TEXT COLLATE "C" NOT NULL,
    "document" TEXT COLLATE "C" NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "assurance_policy_pkey" PRIMARY KEY ("version")
);

-- The audit log and the keys that sign it
CREATE TABLE "receipt_key" (
    "sequence" BIGSERIAL NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "sealed_key" BYTEA NOT NULL,

    CONSTRAINT "receipt_key_pkey" PRIMARY KEY ("sequence")
);
CREATE UNIQUE INDEX "receipt_key_id_key" ON "receipt_key"("id");

CREATE TABLE "receipt" (
    "sequence" BIGSERIAL NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "person_id" TEXT COLLATE "C",
    "detail" TEXT COLLATE "C" NOT NULL,
    "previous_hash" BYTEA NOT NULL,
    "hash" BYTEA NOT NULL,
    "signature" BYTEA,
    "signing_key" TEXT COLLATE "C",
    "forgotten_content_hash" BYTEA,

    CONSTRAINT "receipt_pkey" PRIMARY KEY ("sequence")
);
CREATE UNIQUE INDEX "receipt_id_key" ON "receipt"("id");
CREATE UNIQUE INDEX "receipt_hash_key" ON "receipt"("hash");
CREATE INDEX "receipt_person_id_idx" ON "receipt"("person_id");

-- Short-lived artifacts: sessions, interactions, codes, tokens, grants, transactions, challenges.
-- Ids are digests and payloads are sealed, so that a copy of this table is worth nothing. Rows come and go all
-- the time: space is left in each page, so that an update stays in it, and they are cleared away early
CREATE TABLE "artifact" (
    "model" TEXT COLLATE "C" NOT NULL,
    "id" BYTEA NOT NULL,
    "payload" BYTEA NOT NULL,
    "version" BIGINT NOT NULL DEFAULT 1,
    "uid" BYTEA,
    "grant_id" BYTEA,
    "account_id" TEXT COLLATE "C",
    "client_id" TEXT COLLATE "C",
    "consumed_at" BIGINT,
    "expires_at" BIGINT NOT NULL,

    CONSTRAINT "artifact_pkey" PRIMARY KEY ("model", "id")
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX "artifact_uid_idx" ON "artifact"("uid") WHERE "uid" IS NOT NULL;
CREATE INDEX "artifact_grant_id_idx" ON "artifact"("grant_id") WHERE "grant_id" IS NOT NULL;
CREATE INDEX "artifact_account_id_idx" ON "artifact"("account_id") WHERE "account_id" IS NOT NULL;
CREATE INDEX "artifact_expires_at_idx" ON "artifact"("expires_at");
