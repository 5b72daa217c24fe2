import type { Configuration } from "../config.ts";
import type { RegistrationSettings } from "../relying-parties/index.ts";

/** How far relying parties may register themselves; null where they may not. */
export function registrationSettings({ registration }: Configuration): RegistrationSettings | null {
  if (registration === null) return null;
  const { software_statements, maximum_clients } = registration;
  return {
    maximumClients: maximum_clients,
    statementIssuers: software_statements.map(({ issuer, keys, hosts, profile, minimum_ial, minimum_aal }) => ({
      issuer,
      keys,
      policy: {
        ...(hosts !== undefined && { hosts }),
        ...(profile !== undefined && { profile }),
        ...(minimum_ial !== undefined && { minimumIal: minimum_ial }),
        ...(minimum_aal !== undefined && { minimumAal: minimum_aal }),
      },
    })),
  };
}
