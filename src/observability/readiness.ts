/** Whether requests are served and all that this rests on, for the operator. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, boolean>>;
  readonly status_sources: Readonly<Record<string, { readonly up: boolean; readonly answer_age_seconds?: number }>>;
  readonly crl_next_update_seconds: Readonly<Record<string, number>>;
  readonly database_ping_seconds?: number;
  readonly data_directory_available_bytes?: number;
}

/**
 * Readiness as the metrics tell it (Prometheus' text format): of one process, or of the workers of a
 * supervisor together, of which all must be ready.
 */
export function readinessIn(text: string): Readiness {
  const checks = valuesIn(text, "jpki_bridge_ready");
  const ages = valuesIn(text, "jpki_bridge_status_source_answer_age_seconds");
  const sources = Object.entries(valuesIn(text, "jpki_bridge_status_source_up"));
  const ping = valuesIn(text, "jpki_bridge_database_ping_seconds")[""];
  const available = valuesIn(text, "jpki_bridge_data_directory_available_bytes")[""];
  return {
    ready: Object.keys(checks).length > 0 && Object.values(checks).every((value) => value === 1),
    checks: Object.fromEntries(Object.entries(checks).map(([check, value]) => [check, value === 1])),
    status_sources: Object.fromEntries(sources.map(([source, up]) => {
      const age = ages[source];
      return [source, { up: up === 1, ...(age !== undefined && { answer_age_seconds: age }) }];
    })),
    crl_next_update_seconds: valuesIn(text, "jpki_bridge_crl_next_update_seconds"),
    ...(ping !== undefined && { database_ping_seconds: ping }),
    ...(available !== undefined && { data_directory_available_bytes: available }),
  };
}

/** The values of a metric with one label or none, by the label's value. */
function valuesIn(text: string, name: string): Record<string, number> {
  const lines = text.matchAll(new RegExp(`^${name}(?:\\{\\w+="(?<label>[^"]*)"\\})? (?<value>\\S+)$`, "gmu"));
  return Object.fromEntries([...lines].map(({ groups }) => [groups?.["label"] ?? "", Number(groups?.["value"])]));
}
