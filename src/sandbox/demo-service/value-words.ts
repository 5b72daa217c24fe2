import type { AssuranceDescription } from "../../assurance/description.ts";
import type { EvidenceKind } from "../../assurance/facts.ts";
import type { Language, Text } from "./language.ts";

type Member<Part extends keyof AssuranceDescription, Name extends keyof NonNullable<AssuranceDescription[Part]>> = NonNullable<AssuranceDescription[Part]>[Name] & string;
type Words<Value extends string> = Readonly<Record<Value, Text>>;

export const evidenceKinds: Words<EvidenceKind> = {
  jpki_user_authentication: { ja: "利用者証明用電子証明書", en: "user authentication certificate (JPKI)" },
  jpki_signature: { ja: "署名用電子証明書", en: "signature certificate (JPKI)" },
};

export const media: Words<Member<"evidence", "medium">> = {
  card: { ja: "マイナンバーカード", en: "My Number Card" },
  smartphone: { ja: "スマートフォン", en: "smartphone" },
};

const statuses: Words<Member<"evidence", "status">> = {
  good: { ja: "有効", en: "valid" },
  revoked: { ja: "失効", en: "revoked" },
  hold: { ja: "一時停止", en: "on hold" },
  unknown: { ja: "不明", en: "unknown" },
};

const statusSources: Words<Member<"evidence", "status_source">> = {
  ocsp: { ja: "認証局への問い合わせ（OCSP）", en: "asked of the authority (OCSP)" },
  crl: { ja: "失効リスト（CRL）", en: "revocation list (CRL)" },
  operator: { ja: "プラットフォーム事業者の回答", en: "answer of the platform operator" },
};

export const authenticatorKinds: Words<Member<"authenticator", "kind">> = {
  passkey: { ja: "パスキー", en: "passkey" },
  jpki_card: { ja: "マイナンバーカードの電子証明書", en: "certificate on a My Number Card" },
  jpki_smartphone: { ja: "スマートフォンの電子証明書", en: "certificate on a smartphone" },
};

const attestations: Words<Member<"authenticator", "attestation">> = {
  none: { ja: "素性の証明なし", en: "no proof of its make" },
  self: { ja: "自己申告のみ", en: "its own word only" },
  verified: { ja: "メーカーの証明を確認済み", en: "verified with its maker's proof" },
};

/** RFC 8176. */
const methods: Words<"hwk" | "swk" | "user" | "mfa" | "sc" | "pin"> = {
  hwk: { ja: "機器から取り出せない鍵", en: "hardware-bound key" },
  swk: { ja: "ソフトウェアの鍵", en: "software-held key" },
  user: { ja: "本人がその場で操作", en: "the person was present" },
  mfa: { ja: "複数の要素", en: "several factors" },
  sc: { ja: "ICチップの署名", en: "smart card signature" },
  pin: { ja: "暗証番号", en: "PIN" },
};

/** For each claim with a closed set of values, what the values mean. */
export const valueWords: Readonly<Record<string, Readonly<Record<string, Text>>>> = {
  "assurance.evidence.kind": evidenceKinds,
  "assurance.evidence.medium": media,
  "assurance.evidence.status": statuses,
  "assurance.evidence.status_source": statusSources,
  "assurance.authenticator.kind": authenticatorKinds,
  "assurance.authenticator.attestation": attestations,
  "assurance.binding.bound_by": evidenceKinds,
  amr: methods,
};

const booleans = { true: { ja: "はい", en: "yes" }, false: { ja: "いいえ", en: "no" } } as const;

/** What a value means in plain words; `undefined` where it speaks for itself. */
export function wordFor(path: string, value: unknown, language: Language): string | undefined {
  if (typeof value === "boolean") return booleans[value ? "true" : "false"][language];
  if (typeof value !== "string") return undefined;
  const words = valueWords[path];
  return words !== undefined && Object.hasOwn(words, value) ? words[value]?.[language] : undefined;
}
