import { concatBytes, fromHex, toBase64Url, utf8 } from "../../bytes.ts";
import type { KeyAlgorithm } from "../keys-life.ts";
import type { TokenPlace } from "../keys.ts";
import type { Attribute, Handle, Pkcs11Module } from "./binding.ts";
import { isPinRefused, isSessionLost, TokenError } from "./return-values.ts";
import { createTurns } from "./turns.ts";

/** A token that holds private keys and signs with them. They never leave it. */
export interface SigningToken {
  /** The public part, as members of a JWK. @throws TokenError `key_not_found`, `key_ambiguous`, `key_not_usable`, or what the token refused. */
  publicKey(place: TokenPlace, algorithm: KeyAlgorithm): Promise<Readonly<Record<string, string>>>;
  /** A signature as a JWS has it (RFC 7518 3.3, 3.4). @throws TokenError */
  sign(place: TokenPlace, algorithm: KeyAlgorithm, octets: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** False while a signature is longer in the token than it may be: until it ends, all others are refused at once. */
  isAnswering(): boolean;
  /** Whether a signature that is asked for now will be there in time, as far as can be told. */
  hasRoom(): boolean;
}

export interface TokenSettings {
  /** The PKCS #11 module: a shared library. */
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  /** Milliseconds within which the turn of a signature comes, and again within which it is there; else it is refused. */
  readonly answerWithin?: number;
}

const CKO_PUBLIC_KEY = 2;
const CKO_PRIVATE_KEY = 3;
const attributeTypes = { class: 0x0, label: 0x3, id: 0x102, modulus: 0x120, exponent: 0x122, curve: 0x180, point: 0x181 } as const;
const mechanisms = { ES256: 0x1041, RS256: 0x40 } as const;
// Each call takes one of the four threads that files and cryptography need, too: two are left to them, whatever the token does.
const sessionsAtOnce = 2;
/** DER of the object identifier prime256v1 (RFC 5480 2.1.1.1). */
const p256 = "06082a8648ce3d030107";

interface Connection {
  /** One for each turn: a signature is two calls, and nobody else may come between. */
  readonly sessions: readonly Handle[];
  readonly keys: Map<string, Handle>;
}

/** Opens a token by its label and logs in. Sessions that are lost later are opened anew, once for each signature; one that takes too long is refused. @throws TokenError */
export async function openToken({ module: file, label, pin, answerWithin = 5000 }: TokenSettings): Promise<SigningToken> {
  // The library that calls shared libraries is loaded where there is a token alone.
  const module = await (await import("./binding.ts")).loadModule(file);
  let current: Promise<Connection> = connect(module, label, pin);
  await current;
  const renew = (lost: Promise<Connection>): void => {
    if (current !== lost) return;
    current = connect(module, label, pin);
    // A PIN that was refused once is not tried again: the token would lock itself. All else may heal.
    current.catch((error: unknown) => {
      if (!isPinRefused(error)) current = lost;
    });
  };
  const turns = createTurns(sessionsAtOnce, answerWithin);
  const use = <Result>(work: (session: Handle, connection: Connection) => Promise<Result>): Promise<Result> =>
    turns.take(async (turn) => {
      const used = current;
      const workIn = (connection: Connection): Promise<Result> => work(connection.sessions[turn] ?? 0n, connection);
      try {
        return await workIn(await used);
      } catch (error) {
        if (!isSessionLost(error)) throw error;
        renew(used);
        return workIn(await current);
      }
    });
  return {
    isAnswering: () => turns.isOpen(),
    hasRoom: () => turns.hasRoom(),
    publicKey: (place, algorithm) => use(async (session) => {
      await findOne(module, session, CKO_PRIVATE_KEY, place);
      const object = await findOne(module, session, CKO_PUBLIC_KEY, place);
      const read = (type: number): Promise<Uint8Array> => module.attribute(session, object, type);
      return algorithm === "ES256" ? ellipticKey(place, await read(attributeTypes.curve), await read(attributeTypes.point)) : rsaKey(place, await read(attributeTypes.modulus), await read(attributeTypes.exponent));
    }),
    sign: async (place, algorithm, octets) => {
      // CKM_ECDSA signs a digest; CKM_SHA256_RSA_PKCS makes it itself.
      const data = algorithm === "ES256" ? new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(octets))) : octets;
      return use(async (session, { keys }) => {
        const name = nameOf(place);
        const key = keys.get(name) ?? (await findOne(module, session, CKO_PRIVATE_KEY, place));
        keys.set(name, key);
        return module.sign(session, mechanisms[algorithm], key, data);
      });
    },
  };
}

async function connect(module: Pkcs11Module, label: string, pin: string): Promise<Connection> {
  const slots = (await module.slots()).filter((each) => each.label === label);
  const slot = slots[0]?.slot;
  if (slot === undefined) throw new TokenError("token_not_found", `no token has the label ${label}`);
  if (slots.length > 1) throw new TokenError("token_ambiguous", `${slots.length} tokens have the label ${label}`);
  // What is left of sessions from before would hold on to the old login.
  await module.closeAllSessions(slot).catch(() => undefined);
  const first = await module.openSession(slot);
  await module.login(first, pin);
  const sessions = [first];
  while (sessions.length < sessionsAtOnce) sessions.push(await module.openSession(slot));
  return { sessions, keys: new Map() };
}

async function findOne(module: Pkcs11Module, session: Handle, objectClass: number, place: TokenPlace): Promise<Handle> {
  const wanted: Attribute[] = [[attributeTypes.class, numberOctets(objectClass)]];
  if (place.label !== undefined) wanted.push([attributeTypes.label, utf8(place.label)]);
  if (place.id !== undefined) wanted.push([attributeTypes.id, fromHex(place.id) ?? new Uint8Array()]);
  const [found, another] = await module.findObjects(session, wanted);
  if (found === undefined) throw new TokenError("key_not_found", `no ${objectClass === CKO_PRIVATE_KEY ? "private" : "public"} key ${nameOf(place)} in the token`);
  if (another !== undefined) throw new TokenError("key_ambiguous", `several keys ${nameOf(place)} in the token`);
  return found;
}

function ellipticKey(place: TokenPlace, curve: Uint8Array, point: Uint8Array): Readonly<Record<string, string>> {
  if (Buffer.from(curve).toString("hex") !== p256) throw new TokenError("key_not_usable", `${nameOf(place)} is not on P-256`);
  // An OCTET STRING around the uncompressed point (PKCS #11 2.40 2.3.3); some tokens leave it out.
  const octets = point[0] === 0x04 && point[1] === 0x41 && point.length === 67 ? point.subarray(2) : point;
  if (octets.length !== 65 || octets[0] !== 0x04) throw new TokenError("key_not_usable", `${nameOf(place)} has no uncompressed point`);
  return { kty: "EC", crv: "P-256", x: toBase64Url(octets.subarray(1, 33)), y: toBase64Url(octets.subarray(33)) };
}

function rsaKey(place: TokenPlace, modulus: Uint8Array, exponent: Uint8Array): Readonly<Record<string, string>> {
  const [n, e] = [withoutZeros(modulus), withoutZeros(exponent)];
  if (n.length < 256) throw new TokenError("key_not_usable", `${nameOf(place)} has fewer than 2048 bits`);
  return { kty: "RSA", n: toBase64Url(n), e: toBase64Url(e) };
}

const withoutZeros = (octets: Uint8Array): Uint8Array => octets.subarray(Math.max(0, octets.findIndex((octet) => octet !== 0)));
const nameOf = ({ label, id }: TokenPlace): string => [label, id].filter((part) => part !== undefined).join("/");
const numberOctets = (value: number): Uint8Array => concatBytes(Uint8Array.of(value), new Uint8Array(7));
