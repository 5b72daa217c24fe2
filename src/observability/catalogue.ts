/** What there is to measure. docs/observability.md has the same table, alerts and dashboard know no other name. */

export interface MetricDefinition {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Each takes values of a fixed set, or of one that the configuration bounds; never what a request brought. */
  readonly labels: readonly string[];
  /** Of several processes of one machine: added up where each has its own, else one stands for all. */
  readonly across: "sum" | "max" | "min";
}

const counted = (help: string, labels: readonly string[] = []): MetricDefinition => ({ type: "counter", help, labels, across: "sum" });
const timed = (help: string, labels: readonly string[] = []): MetricDefinition => ({ type: "histogram", help, labels, across: "sum" });
const gauge = (help: string, labels: readonly string[] = [], across: MetricDefinition["across"] = "max"): MetricDefinition => ({ type: "gauge", help, labels, across });
/** Counted elsewhere since the start, and read when asked for. */
const readCount = counted;

/** Told as it happens. */
export const toldMetrics = {
  jpki_bridge_http_requests_total: counted("Requests by method, route and class of the status (`2xx`). Routes are patterns; what no route takes is `unmatched`.", ["method", "route", "status"]),
  jpki_bridge_http_request_duration_seconds: timed("Seconds from the request to the last octet of its answer.", ["method", "route"]),
  jpki_bridge_refusals_total: counted("Refusals by their code of the catalogue; `rate_limited` and `service_unavailable` are those of the limits.", ["code"]),
  jpki_bridge_sign_ins_total: counted("Sign-ins at relying parties: with a `passkey`, or with a `certificate` alone.", ["by"]),
  jpki_bridge_tokens_total: counted("Token responses by grant type.", ["grant_type"]),
  jpki_bridge_token_refusals_total: counted("Token requests refused, by grant type and OAuth error.", ["grant_type", "error"]),
  jpki_bridge_oauth_refusals_total: counted("Requests refused at other endpoints of OAuth and OpenID Connect, by endpoint and error. Whoever asked with `prompt=none` and hears `login_required` is among them.", ["endpoint", "error"]),
  jpki_bridge_enrolments_total: counted("Transactions of enrolment, recovery, hold and the like, by purpose and the state they reached.", ["purpose", "state"]),
  jpki_bridge_enrolment_failures_total: counted("Transactions that failed for good, by purpose and code.", ["purpose", "code"]),
  jpki_bridge_event_deliveries_total: counted("Attempts to deliver events and logout tokens, by class of the answer (`2xx`) or `unreachable`.", ["outcome"]),
  jpki_bridge_storage_transaction_wait_seconds: timed("Seconds a transaction of the database waited until it could begin: for the other writers."),
  jpki_bridge_storage_transaction_duration_seconds: timed("Seconds a transaction of the database took from its begin to its commit."),
} as const satisfies Record<string, MetricDefinition>;

/** Read when they are asked for. */
export const readMetrics = {
  jpki_bridge_build_info: gauge("1 for each process; the version is the label.", ["version"], "sum"),
  jpki_bridge_ready: gauge("Whether a check of readiness holds: `database`, `keys`, `digest_keys`, `status_source`, `not_draining`.", ["check"], "min"),
  jpki_bridge_database_ping_seconds: gauge("Seconds a question to the database took just now."),
  jpki_bridge_database_connections: gauge("Connections of the pool by state: `used`, `idle`, and who is `waiting` for one. PostgreSQL only.", ["state"], "sum"),
  jpki_bridge_data_directory_available_bytes: gauge("Octets left on the disk of the data directory.", [], "min"),
  jpki_bridge_status_queries_total: readCount("Questions for the status of a certificate, by kind of source.", ["source"]),
  jpki_bridge_status_answers_total: readCount("Answers to them, by status.", ["status"]),
  jpki_bridge_status_failures_total: readCount("Answers refused and sources that failed, by code.", ["code"]),
  jpki_bridge_status_unavailable_total: readCount("Checks that ended without a status."),
  jpki_bridge_status_cache_hits_total: readCount("Checks served from the cache."),
  jpki_bridge_status_source_up: gauge("Whether the last attempt at a source brought an answer, by its place in the configuration (`responder 0`, `crl 0`). Absent before the first.", ["source"], "min"),
  jpki_bridge_status_source_answer_age_seconds: gauge("Seconds since the source last gave a good answer. Absent before the first.", ["source"], "min"),
  jpki_bridge_crl_next_update_seconds: gauge("Seconds until the nextUpdate of a CRL in use; below zero once it is past.", ["crl"], "min"),
  jpki_bridge_crl_entries: gauge("Entries of a CRL in use.", ["crl"]),
  jpki_bridge_crl_failures_total: readCount("Attempts at a CRL that brought none worth keeping, by code.", ["code"]),
  jpki_bridge_crl_vanished_revocations_total: readCount("Final revocations that a CRL's successor no longer lists. Each is a matter for the operator."),
  jpki_bridge_outbox_waiting: gauge("Events and logout tokens that wait for delivery; counted up to 10,000."),
  jpki_bridge_outbox_oldest_seconds: gauge("Seconds for which the oldest of them has waited; 0 without one."),
  jpki_bridge_outbox_dead_letters: gauge("Events given up, until an operator tries again; counted up to 10,000."),
  jpki_bridge_announcements_waiting: gauge("Changes that were not yet put into queues; counted up to 10,000."),
  jpki_bridge_lease_held: gauge("Whether this process holds a lease: of all that share a database, one does.", ["lease"], "sum"),
  jpki_bridge_signing_key_age_seconds: gauge("Seconds since the key that signs tokens began to sign.", ["algorithm"]),
  jpki_bridge_signing_key_change_seconds: gauge("Seconds until the next key signs, by the calendar or because it is announced; absent where nothing does.", ["algorithm"], "min"),
  jpki_bridge_certificates_expiring: gauge("Certificates of people that expire within so many days; counted up to 10,000.", ["days"]),
  jpki_bridge_trust_anchor_expiry_timestamp_seconds: gauge("When a trust anchor expires, by its use and place in the configuration.", ["use", "index"], "min"),
  jpki_bridge_metadata_next_update_seconds: gauge("Seconds until the next FIDO metadata is due; below zero once it is late. Absent without metadata.", [], "min"),
  jpki_bridge_metadata_refused: gauge("Whether the last attempt at FIDO metadata was refused: 1 or 0. Absent without metadata."),
} as const satisfies Record<string, MetricDefinition>;

type ReadMetric = keyof typeof readMetrics;

/** One value that was read. */
export interface Sample {
  readonly name: ReadMetric;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}
