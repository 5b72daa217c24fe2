-- Every assurance policy that was ever in force, so that what was asserted under it can be computed again
CREATE TABLE "assurance_policy" (
    "version" TEXT NOT NULL PRIMARY KEY,
    "document" TEXT NOT NULL,
    "since" DATETIME NOT NULL
);
