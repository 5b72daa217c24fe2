export type { CertificateStatus, CheckOptions, StatusSource, StatusSubject } from "./certificate-status.ts";
export type { CrlLocation } from "./crl-fetch.ts";
export type { CrlSource } from "./crl-store.ts";
export type { OcspResponder } from "./ocsp-client.ts";
export { createStatusService, type StatusService, type StatusServiceOptions, type StatusSnapshot } from "./status-service.ts";
export { type BoundCertificate, type Fallen, findFallenEvidence } from "./watcher.ts";
