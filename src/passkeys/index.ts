export { type Assertion, type AuthenticationCeremony, type AuthenticationRequest, credentialIdOf, requestOptions, type StoredPasskey, verifyAuthentication } from "./authentication.ts";
export { newChallenge } from "./challenge.ts";
export {
  type AttestationMetadata, type CreationRequest, creationOptions, type RegisteredPasskey, type RegistrationCeremony, type Transport, verifyRegistration,
} from "./registration.ts";
export type { PublicKeyCredentialCreationOptionsJSON as CreationOptions } from "@simplewebauthn/server";
export { type MetadataTrust, maximumMetadataOctets } from "./metadata-blob.ts";
export type { AuthenticatorModel } from "./metadata-payload.ts";
export { createMetadataService, type MetadataOptions, type MetadataService, type MetadataSnapshot } from "./metadata-service.ts";
export { type AuthenticatorMetadata, noMetadata } from "./metadata.ts";
