export type { CertificateStatus, CheckOptions, StatusSource, StatusSubject } from "./certificate-status.ts";
export type { CrlLocation } from "./crl-fetch.ts";
export type { CrlSource } from "./crl-store.ts";
export type { OcspResponder } from "./ocsp-client.ts";
export { createStatusService, type StatusService, type StatusServiceOptions, type StatusSnapshot } from "./status-service.ts";
export { createWatcher, type WatchedEvidence, type Watcher, type WatcherOptions, type WatcherSnapshot } from "./watcher.ts";
