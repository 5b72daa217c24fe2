export { codeHash, parseStatement, purposes, statementBytes, statementDigest, type EnrolmentStatement, type Purpose } from "./statement.ts";
