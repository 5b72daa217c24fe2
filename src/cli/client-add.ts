import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { systemClock } from "../clock.ts";
import type { Configuration } from "../config.ts";
import { orThrow, Refusal } from "../errors.ts";
import { addRelyingParty, metadataOf, type RelyingPartyMetadata } from "../relying-parties/index.ts";
import type { Storage } from "../storage/index.ts";
import { coloured, complain, exitCodes, print, printJson } from "./terminal.ts";
import type { AdministrationOptions } from "./with-storage.ts";

export interface AddOptions extends AdministrationOptions {
  readonly name: string;
  readonly redirectUri: string[];
  readonly postLogoutRedirectUri?: string[];
  readonly backchannelLogoutUri?: string;
  readonly auth: string;
  readonly jwks?: string;
  readonly jwksUri?: string;
  readonly keyFile?: string;
  readonly idTokenAlg: string;
  readonly par?: boolean;
  readonly dpop?: boolean;
  readonly minimumIal?: string;
  readonly minimumAal?: string;
  readonly maximumStatusAge?: string;
}

/** Registers a relying party and prints what it needs to connect; makes a key for it where it brings none. */
export async function addClient(storage: Storage, configuration: Configuration, clientId: string, options: AddOptions): Promise<void> {
  const { auth, idTokenAlg } = options;
  const hasAttester = configuration.client_attesters.some(({ clients }) => clients.includes(clientId));
  if (auth === "attest_jwt_client_auth" && !hasAttester) return complain("--auth: name an attester of this client under client_attesters first", exitCodes.usage);
  if (auth !== "private_key_jwt" && auth !== "client_secret_basic" && auth !== "attest_jwt_client_auth") return complain("--auth: private_key_jwt, client_secret_basic or attest_jwt_client_auth", exitCodes.usage);
  if (idTokenAlg !== "ES256" && idTokenAlg !== "RS256") return complain("--id-token-alg: ES256 or RS256", exitCodes.usage);
  const makesKey = auth === "private_key_jwt" && options.jwks === undefined && options.jwksUri === undefined;
  const made = makesKey ? await makeKey() : null;
  const jwks = made?.jwks ?? (options.jwks === undefined ? undefined : readKeySet(options.jwks));
  const metadata = orThrow(
    metadataOf({
      clientId,
      name: options.name,
      redirectUris: options.redirectUri,
      authentication: auth,
      signingAlgorithm: idTokenAlg,
      requirePushedRequests: options.par === true,
      dpopBound: options.dpop === true,
      ...(options.postLogoutRedirectUri !== undefined && { postLogoutRedirectUris: options.postLogoutRedirectUri }),
      ...(options.backchannelLogoutUri !== undefined && { backchannelLogoutUri: options.backchannelLogoutUri }),
      ...(jwks !== undefined && { jwks }),
      ...(options.jwksUri !== undefined && { jwksUri: options.jwksUri }),
      ...(options.minimumIal !== undefined && { minimumIal: wholeNumber(options.minimumIal) }),
      ...(options.minimumAal !== undefined && { minimumAal: wholeNumber(options.minimumAal) }),
      ...(options.maximumStatusAge !== undefined && { maximumStatusAge: wholeNumber(options.maximumStatusAge) }),
    }),
  );
  const keyFile = made === null ? null : (options.keyFile ?? "client-key.json");
  // Written first: a registration whose key nobody has would be worth nothing.
  if (made !== null && keyFile !== null) writeKey(keyFile, made.privateKey);
  const { secret } = await registered(storage, metadata, keyFile);
  if (options.json === true) return printJson({ issuer: configuration.issuer, ...metadata, ...(secret !== null && { client_secret: secret }), ...(keyFile !== null && { key_file: keyFile }) });
  print(`${coloured("green", "registered")} ${clientId}`);
  print(`  issuer         ${configuration.issuer}`);
  print(`  client_id      ${clientId}`);
  if (secret !== null) print(`  client_secret  ${secret}   (shown this once)`);
  if (keyFile !== null) print(`  private key    ${keyFile}   (for private_key_jwt; keep it secret)`);
  print("  how to connect with openid-client: see README.md, \"Connect a relying party\"");
}

async function makeKey(): Promise<{ jwks: { keys: object[] }; privateKey: object }> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const shared = { alg: "ES256", use: "sig", kid: await calculateJwkThumbprint(await exportJWK(publicKey)) };
  return { jwks: { keys: [{ ...(await exportJWK(publicKey)), ...shared }] }, privateKey: { ...(await exportJWK(privateKey)), ...shared } };
}


/** A key whose registration failed is of no use, and would be in the way of the next attempt. */
async function registered(storage: Storage, metadata: RelyingPartyMetadata, keyFile: string | null): Promise<{ secret: string | null }> {
  try {
    return await addRelyingParty(storage, metadata, systemClock());
  } catch (error) {
    if (keyFile !== null) rmSync(keyFile, { force: true });
    throw error;
  }
}

function writeKey(file: string, key: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const taken = (error as { code?: string }).code === "EEXIST";
    throw new Refusal("invalid_request", `--key-file ${file}: ${taken ? "is there already; name another, it is never overwritten" : "cannot be written"}`);
  }
}

function readKeySet(file: string): { keys: object[] } {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new Refusal("invalid_request", `--jwks ${file}: cannot be read`);
  }
  try {
    return JSON.parse(text) as { keys: object[] };
  } catch {
    throw new Refusal("invalid_request", `--jwks ${file}: is not JSON`);
  }
}

/** A number as people write it; what is none is refused with the registration. */
const wholeNumber = (text: string): number => (/^[0-9]+$/.test(text) ? Number(text) : Number.NaN);
