import { toBase64Url } from "../bytes.ts";
import type { SqlValue } from "./artifacts.ts";

/** A column of sealed values: where it is, and the context by which a value of it was sealed. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The columns of the table's key, and what comes before every value of them. */
  readonly key: readonly (readonly [column: string, lowest: SqlValue])[];
  readonly contextOf: (key: readonly unknown[]) => string;
}

const byText = (table: string, column: string, key: string, contextOf: (key: string) => string): SealedColumn => ({ table, column, key: [[key, ""]], contextOf: ([value]) => contextOf(String(value)) });

/** By what the certificate of evidence is sealed. */
export const contextOfCertificate = (evidenceId: string): string => `evidence/${evidenceId}/certificate`;

/** Every sealed column. Contexts are as in the modules that seal; a test seals by them and opens by these. */
export const sealedColumns: readonly SealedColumn[] = [
  byText("receipt_key", "sealed_key", "id", (id) => `receipt_key/${id}`),
  byText("provider_key", "sealed_key", "id", (id) => `provider_key/${id}`),
  byText("relying_party", "sealed_secret", "client_id", (id) => `relying_party/${id}/secret`),
  byText("signal_stream", "sealed_authorization", "id", (id) => `signal_stream/${id}/authorization`),
  byText("evidence", "sealed_certificate", "id", contextOfCertificate),
  byText("status_answer", "sealed_answer", "digest", (digest) => `status_answer/${digest}`),
  {
    table: "artifact", column: "payload", key: [["model", ""], ["id", new Uint8Array()]],
    contextOf: ([model, id]) => `artifact/${String(model)}/${toBase64Url(id as Uint8Array)}`,
  },
];

export const nameOf = ({ table, column }: SealedColumn): string => `${table}.${column}`;
