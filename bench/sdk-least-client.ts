/**
 * The least that the applet's command table and docs/enrolment-protocol.md ask of a device, by hand: nothing
 * is checked, nothing can be cancelled or tried again, and whatever goes wrong throws.
 */
import type { CreateCredential, Transport } from "@jpki-bridge/client-sdk";
import { concatBytes, randomBytes, toBase64Url, utf8 } from "../src/bytes.ts";

export interface LeastOptions {
  readonly link: string;
  readonly transport: Transport;
  readonly fetch: typeof globalThis.fetch;
  readonly createCredential: CreateCredential;
  readonly extendedLength: boolean;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;

export async function enrolByLeast({ link, transport, fetch, createCredential, extendedLength, now }: LeastOptions): Promise<void> {
  const fragment = new URLSearchParams(new URL(link).hash.slice(1));
  const { publicKey, privateKey } = await crypto.subtle.generateKey(curve, false, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const header = part({ typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } });

  const post = async (step: string, body: object): Promise<Record<string, never>> => {
    const url = `${fragment.get("iss")}/enrolment/v1/transactions/${fragment.get("txn")}/${step}`;
    const signed = `${header}.${part({ jti: toBase64Url(randomBytes(16)), htm: "POST", htu: url, iat: now() })}`;
    const signature = new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, utf8(signed)));
    const headers = { "content-type": "application/json", dpop: `${signed}.${toBase64Url(signature)}` };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${step}: ${await response.text()}`);
    return (await response.json()) as Record<string, never>;
  };

  await post("claim", { secret: fragment.get("secret") });
  const { statement } = await post("statement", {});
  await post("proof", await signByLeast(transport, statement ?? {}, extendedLength));
  const { options } = await post("passkey/options", {});
  await post("passkey", { credential: await createCredential(options ?? never(), { signal: undefined }) });
}

/** SELECT the application; SELECT and VERIFY the PIN; SELECT and READ the certificate; SELECT the key and sign. */
async function signByLeast(transport: Transport, statement: object, extendedLength: boolean): Promise<{ certificate: string; signature: string }> {
  const send = async (command: string): Promise<Uint8Array> => {
    const answer = await transport.transmit(Uint8Array.from(Buffer.from(command, "hex")));
    if (answer.at(-2) !== 0x90) throw new Error("the element refused");
    return answer.subarray(0, -2);
  };
  await send("00a4040c0ad392f000260100000001");
  await send("00a4020c020018");
  await send("002000800431323334");
  await send("00a4020c02000a");
  const certificate = extendedLength ? await send("00b00000000000") : await readInBlocks(send);
  const members = Object.fromEntries(Object.entries(statement).sort(([one], [other]) => (one < other ? -1 : 1)));
  const bytes = utf8(`jpki-bridge enrolment v1\0${JSON.stringify(members)}`);
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
  await send("00a4020c020017");
  const signature = await send(`802a0080333031300d060960864801650304020105000420${digest}00`);
  return { certificate: toBase64Url(certificate), signature: toBase64Url(signature) };
}

/** The certificate's own header tells how long it is. */
async function readInBlocks(send: (command: string) => Promise<Uint8Array>): Promise<Uint8Array> {
  const blocks = [await send("00b0000000")];
  const [, , high = 0, low = 0] = blocks[0] ?? [];
  const length = 4 + high * 256 + low;
  for (let offset = 256; offset < length; offset += 256) {
    const expected = Math.min(256, length - offset) % 256;
    blocks.push(await send(`00b0${hex(offset, 4)}${hex(expected, 2)}`));
  }
  return concatBytes(...blocks);
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
const part = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
const never = (): never => {
  throw new Error("no options");
};
