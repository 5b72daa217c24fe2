export {
  type AttestationKey, type AuthenticatorSettings, cbor, sha256, SoftwareAuthenticator, type Tampering,
} from "../../src/sandbox/headless/software-authenticator.ts";
