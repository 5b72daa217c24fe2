import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Clock } from "../clock.ts";
import { systemClock } from "../clock.ts";
import { type Configuration, ConfigurationError } from "../config.ts";
import { continuityFrom, type EnrolmentPorts } from "../enrolment/index.ts";
import { productionPolicies } from "../jpki/index.ts";
import { createLogger, type Logger } from "../log.ts";
import { parseCertificate } from "../pki/certificate.ts";
import { certificatesOfEvidence, recordFoundStatus } from "../people/index.ts";
import type { MetadataService } from "../passkeys/index.ts";
import { createProvider, fetchFromRelyingParty, keepPolicy, type ProviderPorts } from "../provider/index.ts";
import { createStatusService, createWatcher, type CrlSource, type StatusService, type Watcher } from "../revocation/index.ts";
import { createDispatcher, dispatcherLease, tellSignedOut } from "../signals/index.ts";
import { createLease, type Storage } from "../storage/index.ts";
import { createApp } from "../web/app.ts";
import { bundleAssets } from "../web/assets.ts";
import { createDrain } from "../web/drain.ts";
import type { WebPorts } from "../web/ports.ts";
import { createProviderPages } from "../web/provider-pages.ts";
import { createLimitedServer } from "../web/server-limits.ts";
import { refuseHalfRestored } from "./after-restore.ts";
import { drainServer, type DrainTimes } from "./drain.ts";
import { metadataService } from "./metadata-source.ts";
import { openObservation } from "./observation.ts";
import { registrationSettings } from "./registration-settings.ts";
import { heedStatusNotices } from "./status-notice.ts";
import { requireSealingKeys } from "./sealing.ts";
import { openConfiguredToken, takeUpToken } from "./token.ts";
import { startUpkeep } from "./upkeep.ts";
import { openStorage } from "./with-storage.ts";

export { openStorage } from "./with-storage.ts";

/** What a start may replace: tests bring their own clock, the sandbox its neighbours' addresses. */
export interface BridgeOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly trial?: WebPorts["trial"];
}

/** A running bridge. */
export interface Bridge {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly status: StatusService;
  readonly watcher: Watcher;
  readonly metadata: MetadataService;
  readonly providerPorts: ProviderPorts;
  readonly enrolment: EnrolmentPorts;
  readonly address: AddressInfo;
  /** Of the operator's port, where metrics are; null without one. */
  readonly operatorAddress: AddressInfo | null;
  /** Stops answering, without losing a request: see {@link drainServer}. */
  drain(times: DrainTimes, isReplaced?: boolean): Promise<void>;
  /** Ends what is left, at once. */
  close(): Promise<void>;
}

/** Puts the parts together and listens. The one place that knows all of them. */
export async function startBridge(configuration: Configuration, options: BridgeOptions = {}): Promise<Bridge> {
  const { clock = systemClock, log = createLogger(configuration.log) } = options;
  const { issuer, anchors, assurance } = configuration;
  const bundling = bundleAssets();
  // Made by another process meanwhile, and told where it is waited for.
  bundling.catch(() => undefined);
  const observation = await openObservation(configuration);
  const storage = observation.storage(await openStorage(configuration));
  await requireSealingKeys(storage);
  await refuseHalfRestored(storage);
  if (!(await keepPolicy(storage, assurance, clock()))) {
    await storage.close();
    throw new ConfigurationError([`assurance.version: policy version reused: another policy was in force as ${assurance.version}; give the changed one a version of its own`]);
  }
  const watcher = createWatcher({
    evidence: {
      compare: (lists, signal) => storage.compareCertificates(lists, signal),
      certificatesOf: (evidence) => certificatesOfEvidence(storage, evidence),
      record: async (evidence, found) => {
        const changes = await recordFoundStatus(storage, assurance, evidence, found);
        dispatcher.wake();
        return changes;
      },
    },
    status: { check: (subject, now, asking) => status.check(subject, now, asking) },
    clock, log,
  });
  const status: StatusService = observation.status(createStatusService({
    fetch: observation.fetch,
    responders: configuration.status.responders.map(({ url, nonce, maximum_age }) => ({ url, nonce, maximumAge: maximum_age })),
    crls: crlSources(configuration),
    directory: path.join(configuration.dataDirectory, "crl"),
    onAdopted: (crl, issuer) => watcher.add(crl, issuer),
    clock,
    totalDeadlineMs: configuration.status.deadline * 1000,
    goodCacheSeconds: configuration.status.good_cache,
  }));
  const metadata = metadataService(configuration, { storage, clock, log });
  await metadata.load();
  const token = await openConfiguredToken(configuration);
  for (const algorithm of await takeUpToken(storage, token, clock())) log.warn({ algorithm }, "the token's key waits for an earlier rotation to end");
  const providerPorts: ProviderPorts = {
    ...(token !== undefined && { token }),
    storage, clock, issuer, anchors, status, metadata, assurance,
    statusRefresh: configuration.status.refresh,
    trustFramework: configuration.verified_claims.trust_framework,
    resources: configuration.resources,
    clientAttesters: configuration.client_attesters,
    registration: registrationSettings(configuration),
    mutualTls: configuration.mutual_tls === null ? null : { ...configuration.mutual_tls, authorities: anchors.clients },
    privateHosts: configuration.outgoing.private_hosts,
    onSignedOut: async (ended) => {
      await tellSignedOut(storage, ended, clock());
      dispatcher.wake();
    },
    log,
    ...observation.ports,
  };
  const enrolment: EnrolmentPorts = {
    storage, clock, issuer, anchors, status, metadata, assurance,
    onBound: (evidence) => watcher.recheck(evidence),
    appLink: configuration.enrolment.app_link,
    webauthn: {
      id: configuration.passkeys.rp_id ?? new URL(issuer).hostname,
      name: configuration.name,
      origins: [new URL(issuer).origin, ...configuration.passkeys.origins],
    },
    policies: {
      userAuthentication: configuration.policies.user_authentication ?? productionPolicies.userAuthentication,
      signature: configuration.policies.signature ?? productionPolicies.signature,
    },
    continuity: configuration.continuity === null ? null : continuityFrom(configuration.continuity.url),
    maximumOpen: configuration.enrolment.maximum_open,
    maximumOpenPerNetwork: configuration.enrolment.maximum_open_per_network,
    ...observation.ports,
  };
  const provider = observation.provider(await createProvider(providerPorts, createProviderPages(() => web)));
  const dispatcher = createDispatcher({
    storage, clock, issuer, log,
    sign: provider.signEvent,
    call: observation.deliveries((url, request) => fetchFromRelyingParty(configuration.outgoing.private_hosts, url, request)),
    lease: observation.lease("signals", createLease(storage.artifacts, "signals", dispatcherLease)),
  });
  const bundle = await bundling;
  const web: WebPorts = {
    issuer, storage, clock, log, provider, providerPorts, enrolment,
    name: configuration.name,
    sandbox: configuration.mode === "sandbox",
    assets: bundle.assets,
    bundle: bundle.files,
    appOrigins: configuration.enrolment.app_origins,
    trustedProxies: configuration.listen.trusted_proxies,
    registration: providerPorts.registration,
    limits: configuration.limits,
    logRequests: configuration.log_requests,
    statusReady: () => status.ready(),
    drain: createDrain(),
    ...observation.ports,
    ...(options.trial !== undefined && { trial: options.trial }),
  };
  const { connections, connections_per_address } = configuration.limits;
  const server = createLimitedServer(createApp(web).callback(), { connections, connectionsPerAddress: configuration.listen.trusted_proxies > 0 ? null : connections_per_address });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(configuration.listen.port, configuration.listen.host, resolve);
  });
  watcher.start();
  dispatcher.start();
  const stopStatus = status.start();
  const stopNotices = heedStatusNotices(storage, clock, () => status.refreshAll());
  const stopMetadata = metadata.start();
  const stopUpkeep = startUpkeep({ ports: providerPorts, refreshKeys: () => provider.refreshKeys(), rotateEvery: configuration.keys.rotate_every, recheckSeconds: configuration.status.recheck, retention: configuration.retention, onLease: (holds) => observation.held("upkeep", holds) });
  await observation.start({ configuration, storage, clock, status, metadata, provider, isDraining: () => web.drain.stage !== "serving" });
  let drained: Promise<void> | null = null;
  const drain: Bridge["drain"] = (times, isReplaced) => (drained ??= drainServer(server, web.drain, times, isReplaced));
  return {
    storage, clock, status, watcher, metadata, providerPorts, enrolment, drain,
    address: server.address() as AddressInfo,
    operatorAddress: observation.address,
    close: async () => {
      stopStatus();
      await stopNotices();
      await stopMetadata();
      await stopUpkeep();
      await drain({ announce: 0, limit: 2 });
      await dispatcher.close();
      await watcher.close();
      await observation.close();
      await storage.close();
    },
  };
}

function crlSources(configuration: Configuration): CrlSource[] {
  return configuration.status.crls.map(({ url, file, issuer, refresh }) => {
    const parsed = parseCertificate(configuration.readCertificate(issuer));
    if (!parsed.valid) throw new ConfigurationError([`status.crls: ${issuer} is not a certificate (${parsed.at})`]);
    const location = url === undefined ? { file: file ?? "" } : { url };
    return { location, issuer: parsed.value, refreshSeconds: refresh };
  });
}
