-- What a status source answered, kept so that its verdict can be replayed
ALTER TABLE "evidence" ADD COLUMN "sealed_status_answer" BLOB;
