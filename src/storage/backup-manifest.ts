import { createHmac } from "node:crypto";
import { equalBytes, fromBase64Url, toBase64Url, utf8 } from "../bytes.ts";
import type { Sealing } from "./sealing.ts";

/** Name of the form that backups have. Another is not read. */
export const backupFormat = "jpki-bridge-backup/1";
/** The files of a backup. */
export const backupFiles = { database: "database.sqlite", manifest: "manifest.json" } as const;

/** What a backup says of itself, so that a restore can tell whether all of it is there. */
export interface BackupManifest {
  readonly format: typeof backupFormat;
  /** Of the jpki-bridge that made it. */
  readonly version: string;
  /** Seconds since the epoch. */
  readonly made_at: number;
  readonly bytes: number;
  /** Of the database file, hexadecimal. */
  readonly sha256: string;
  /** Names of those applied, in their order. */
  readonly migrations: readonly string[];
  /** Rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  /** The last receipt: its number, 0 where there is none, and its hash in base64url. */
  readonly last_receipt: { readonly sequence: number; readonly hash: string | null };
  /** Ids of the keys without which something in it does not open. */
  readonly sealing_keys: readonly string[];
}

/** The manifest as it is written: authenticated by a key that only the configuration has. */
export function writeManifest(manifest: BackupManifest, sealing: Sealing): string {
  return `${JSON.stringify({ manifest, authentication: toBase64Url(authenticationOf(manifest, sealing)) }, null, 2)}\n`;
}

/** Reads what {@link writeManifest} wrote. @returns what is wrong where it is none, or none by the digest key of this configuration. */
export function readManifest(text: string, sealing: Sealing): BackupManifest | "unreadable" | "not_ours" {
  const { manifest, authentication } = jsonIn(text) as { readonly manifest?: BackupManifest; readonly authentication?: unknown };
  const given = typeof authentication === "string" ? fromBase64Url(authentication) : null;
  if (manifest?.format !== backupFormat || given === null) return "unreadable";
  return equalBytes(given, authenticationOf(manifest, sealing)) ? manifest : "not_ours";
}

/** HMAC-SHA-256 by a key derived from the one that never rotates: whoever can write to a backup cannot make one. */
const authenticationOf = (manifest: BackupManifest, sealing: Sealing): Uint8Array =>
  Uint8Array.from(createHmac("sha256", sealing.deriveKey("backup")).update(utf8(JSON.stringify(manifest))).digest());

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
