export { type BasicAttributes, basicAttributes, type WrittenText } from "./attributes.ts";
export { type JpkiAnchors, type JpkiCertificate, type JpkiCertificateRequest, verifyJpkiCertificate } from "./certificate.ts";
export {
  isTestEnvironmentPolicy,
  type JpkiMedium,
  type JpkiPolicy,
  type JpkiProfile,
  type JpkiUse,
  productionPolicies,
  signatureProfile,
  userAuthenticationProfile,
} from "./profiles.ts";
export { verifyProof } from "./proof.ts";
export { codeHash, type EnrolmentStatement, makesPasskey, type Purpose, statementBytes } from "@jpki-bridge/client-sdk";
