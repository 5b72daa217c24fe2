import type { Level } from "./facts.ts";

/** What an `acr` value stands for. Every member given must hold. */
export interface AcrMeaning {
  readonly ial?: Level;
  readonly aal?: Level;
  readonly phishingResistant?: true;
  readonly hardwareBound?: true;
  readonly statusCheckedNow?: true;
}

export interface AcrValue {
  readonly acr: string;
  readonly means: AcrMeaning;
}

/** The values of one vocabulary along one dimension, highest first. */
export interface Scale {
  readonly vocabulary: "jpki-bridge" | "nist-800-63" | "eidas" | "ds-511" | "eap" | "digital-agency-app";
  /** What the scale measures, for people. */
  readonly title: { readonly ja: string; readonly en: string };
  readonly values: readonly AcrValue[];
}

const levels = [3, 2, 1] as const;
const nist = "http://idmanagement.gov/ns/assurance";
const eidas = "http://eidas.europa.eu/LoA";
const japan = "urn:jpki-bridge:ds-511";

/** Our own value: it names both levels and nothing else, so every assurance has one. */
export const ownAcr = (ial: Level, aal: Level): string => `urn:jpki-bridge:ial${ial}-aal${aal}`;

/**
 * The crosswalk. Japan's DS-511 levels have no registered URIs, so they have names of ours; eIDAS is
 * decided by the lower of the two levels.
 */
export const scales: readonly Scale[] = [
  {
    vocabulary: "jpki-bridge",
    title: { ja: "身元確認と当人認証の保証レベル", en: "Identity and authenticator assurance levels" },
    values: levels.flatMap((ial) => levels.map((aal) => ({ acr: ownAcr(ial, aal), means: { ial, aal } }))),
  },
  {
    vocabulary: "nist-800-63",
    title: { ja: "NIST SP 800-63 の身元確認保証レベル", en: "NIST SP 800-63 identity assurance level" },
    values: levels.map((ial) => ({ acr: `${nist}/ial/${ial}`, means: { ial } })),
  },
  {
    vocabulary: "nist-800-63",
    title: { ja: "NIST SP 800-63 の当人認証保証レベル", en: "NIST SP 800-63 authenticator assurance level" },
    values: [
      { acr: `${nist}/aal/3`, means: { aal: 3 } },
      { acr: `${nist}/aal/2?phishing_resistant=true`, means: { aal: 2, phishingResistant: true } },
      { acr: `${nist}/aal/2`, means: { aal: 2 } },
      { acr: `${nist}/aal/1`, means: { aal: 1 } },
    ],
  },
  {
    vocabulary: "eidas",
    title: { ja: "eIDAS の保証レベル", en: "eIDAS level of assurance" },
    values: [
      { acr: `${eidas}/high`, means: { ial: 3, aal: 3 } },
      { acr: `${eidas}/substantial`, means: { ial: 2, aal: 2 } },
      { acr: `${eidas}/low`, means: { ial: 1, aal: 1 } },
    ],
  },
  {
    vocabulary: "ds-511",
    title: { ja: "身元確認保証レベル", en: "Identity proofing level (Japan, DS-511)" },
    values: levels.map((ial) => ({ acr: `${japan}:identity-proofing:${ial}`, means: { ial } })),
  },
  {
    vocabulary: "ds-511",
    title: { ja: "当人認証保証レベル", en: "Authentication level (Japan, DS-511)" },
    values: levels.map((aal) => ({ acr: `${japan}:authentication:${aal}`, means: { aal } })),
  },
  {
    vocabulary: "eap",
    title: { ja: "フィッシング耐性（OpenID EAP）", en: "Phishing resistance (OpenID EAP)" },
    values: [
      { acr: "phrh", means: { aal: 3, phishingResistant: true, hardwareBound: true } },
      { acr: "phr", means: { aal: 2, phishingResistant: true } },
    ],
  },
  {
    vocabulary: "digital-agency-app",
    title: { ja: "デジタル認証アプリの当人認証", en: "Authentication (Digital Agency app)" },
    values: [{ acr: "aal3", means: { aal: 3 } }],
  },
  {
    vocabulary: "digital-agency-app",
    title: { ja: "デジタル認証アプリの失効確認", en: "Certificate status check (Digital Agency app)" },
    values: [{ acr: "crl", means: { statusCheckedNow: true } }],
  },
];
