-- Whoever wants no relying party to ask for approvals
CREATE TABLE "request_refusal" (
    "person_id" TEXT NOT NULL PRIMARY KEY,
    "since" DATETIME NOT NULL,
    CONSTRAINT "request_refusal_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
