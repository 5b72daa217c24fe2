import { concatBytes, sha256, toBase64Url, utf8 } from "../../src/bytes.ts";
import type { ReceiptKeySet } from "../../src/receipts/index.ts";

export const issuer = "https://bridge.example";

export type Json = Readonly<Record<string, unknown>>;

/** A bridge with a key for its receipts, as its documentation describes it. */
export interface ReceiptBridge {
  readonly kid: string;
  readonly keys: ReceiptKeySet;
  /** So many receipts that follow each other. */
  write(count: number): Promise<Json[]>;
  /** A compact JWS by its key. */
  state(header: Json, claims: Json): Promise<string>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export async function makeBridge(): Promise<ReceiptBridge> {
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const kid = toBase64Url(await sha256(utf8(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`)));
  const sign = async (octets: Uint8Array<ArrayBuffer>): Promise<string> => toBase64Url(new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, octets)));

  const write = async (count: number): Promise<Json[]> => {
    const written: Json[] = [];
    let previous = new Uint8Array(32);
    for (let sequence = 1; sequence <= count; sequence += 1) {
      const [id, at, kind, person, detail] = [`r${sequence}`, 1_800_000_000 + sequence, "assertion_issued", sequence % 2 === 0 ? null : "somebody", { client: "shop", text: "「監査」" }];
      const content = await sha256(utf8(`["${id}",${at},"${kind}",${JSON.stringify(person)},${JSON.stringify(JSON.stringify(detail))}]`));
      const hash = await sha256(concatBytes(previous, content));
      const signature = await sign(concatBytes(utf8("jpki-bridge/receipt/1\n"), hash));
      written.push({ sequence, id, at, kind, person, detail, previous_hash: toBase64Url(previous), hash: toBase64Url(hash), signature, key: kid });
      previous = hash;
    }
    return written;
  };
  const state = async (header: Json, claims: Json): Promise<string> => {
    const input = [{ alg: "ES256", kid, ...header }, claims].map((part) => toBase64Url(utf8(JSON.stringify(part)))).join(".");
    return `${input}.${await sign(utf8(input))}`;
  };
  return { kid, keys: { keys: [{ kty: "EC", crv: "P-256", x, y, kid }] }, write, state };
}

/** SHA-256 of what a receipt says, for one whose content is withheld. */
export async function withheld({ sequence, id, at, kind, person, detail, ...chained }: Json): Promise<Json> {
  const content = await sha256(utf8(JSON.stringify([id, at, kind, person, JSON.stringify(detail)])));
  return { sequence, content_hash: toBase64Url(content), ...chained };
}
