-- Streams of security events to relying parties
CREATE TABLE "signal_stream" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "client_id" TEXT NOT NULL,
    "delivery_method" TEXT NOT NULL,
    "endpoint_url" TEXT,
    "sealed_authorization" BLOB,
    "events_requested" TEXT,
    "description" TEXT,
    "status" TEXT NOT NULL,
    "status_reason" TEXT,
    "created_at" DATETIME NOT NULL,
    "last_active_at" DATETIME NOT NULL,
    "verification_at" DATETIME,
    CONSTRAINT "signal_stream_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "relying_party" ("client_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "signal_stream_client_id_idx" ON "signal_stream"("client_id");

-- Subjects that a receiver took off a stream
CREATE TABLE "signal_exclusion" (
    "stream_id" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "at" DATETIME NOT NULL,
    PRIMARY KEY ("stream_id", "subject"),
    CONSTRAINT "signal_exclusion_stream_id_fkey" FOREIGN KEY ("stream_id") REFERENCES "signal_stream" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "signal_exclusion_subject_fkey" FOREIGN KEY ("subject") REFERENCES "pairwise_subject" ("subject") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "signal_exclusion_subject_idx" ON "signal_exclusion"("subject");
