import { randomBytes, toBase64Url } from "../bytes.ts";

/** A challenge of 256 random bits (WebAuthn 13.4.3 asks for 128), base64url. */
export const newChallenge = (): string => toBase64Url(randomBytes(32));
