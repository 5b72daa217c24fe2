import type { CertificateUse, Medium } from "../ca/profile.ts";
import type { Generation } from "../ca/state.ts";
import type { PersonKey } from "./people.ts";

/** A text in the two languages of the pages. */
export interface Bilingual {
  readonly ja: string;
  readonly en: string;
}

/** A phone or card in the hands of an invented person, in one state worth trying. */
export interface Persona {
  readonly id: PersonaId;
  readonly person: PersonKey;
  readonly medium: Medium;
  readonly generation: Generation;
  /** What its Secure Element offers where the authentication certificate belongs. */
  readonly offers: CertificateUse | "forgery";
  readonly title: Bilingual;
  readonly description: Bilingual;
}

export const personaIds = [
  "good-phone",
  "good-card",
  "next-generation",
  "revoked",
  "on-hold",
  "expired",
  "old-phone",
  "new-phone",
  "renewed",
  "signature-certificate",
  "sub-ca-forgery",
] as const;
export type PersonaId = (typeof personaIds)[number];

export const isPersonaId = (text: string): text is PersonaId => (personaIds as readonly string[]).includes(text);

type Entry = Pick<Persona, "person" | "title" | "description"> & Partial<Pick<Persona, "medium" | "generation" | "offers">>;

const table: Readonly<Record<PersonaId, Entry>> = {
  "good-phone": {
    person: "taro",
    title: { ja: "有効なスマートフォン", en: "Good phone" },
    description: { ja: "ふつうに登録できます。", en: "Enrols without trouble." },
  },
  "good-card": {
    person: "hanako",
    medium: "card",
    title: { ja: "有効なマイナンバーカード", en: "Good card" },
    description: { ja: "スマートフォンではなくカードの電子証明書です。", en: "The certificate is on a card, not on a phone." },
  },
  "next-generation": {
    person: "jiro",
    generation: 2,
    title: { ja: "次の世代の認証局", en: "Next CA generation" },
    description: {
      ja: "同じ名前で鍵が新しい認証局が発行しました。これも有効です。",
      en: "Issued by the authority of the same name with a newer key. Good as well.",
    },
  },
  revoked: {
    person: "yuki",
    title: { ja: "失効", en: "Revoked" },
    description: { ja: "端末をなくし、失効しました。登録は断られます。", en: "The phone was lost and its certificate revoked. Refused." },
  },
  "on-hold": {
    person: "minato",
    title: { ja: "一時停止", en: "On hold" },
    description: { ja: "電話で一時停止を届け出ました。解除するまで断られます。", en: "Suspended by telephone. Refused until the hold is lifted." },
  },
  expired: {
    person: "umi",
    medium: "card",
    title: { ja: "有効期限切れ", en: "Expired" },
    description: { ja: "5回目の誕生日を過ぎました。更新できます。", en: "Past the fifth birthday. It can be renewed." },
  },
  "old-phone": {
    person: "aoi",
    title: { ja: "機種変更前のスマートフォン", en: "Old phone" },
    description: {
      ja: "同じ人が新しいスマートフォンに替えたため、失効しました。",
      en: "The same person moved to a new phone, which revoked this one.",
    },
  },
  "new-phone": {
    person: "aoi",
    title: { ja: "機種変更後のスマートフォン", en: "New phone" },
    description: {
      ja: "機種変更前と同じ人です。前の証明書とのつながりを確認できます。",
      en: "The person of the old phone. The link to the earlier certificate can be asked for.",
    },
  },
  renewed: {
    person: "kaede",
    medium: "card",
    title: { ja: "更新した証明書", en: "Renewed certificate" },
    description: {
      ja: "同じカードの証明書を更新しました。発行番号と鍵は新しくなっています。",
      en: "Renewed on the same card, with a new serial number and key.",
    },
  },
  "signature-certificate": {
    person: "ren",
    medium: "card",
    offers: "signature",
    title: { ja: "署名用電子証明書", en: "Signature certificate" },
    description: {
      ja: "利用者証明用の場所に署名用の証明書を差し出します。断られます。",
      en: "Offers the signature certificate where the authentication one belongs. Refused.",
    },
  },
  "sub-ca-forgery": {
    person: "mio",
    offers: "forgery",
    title: { ja: "偽の下位認証局", en: "Sub-CA forgery" },
    description: {
      ja: "本物の認証局の下に、あるはずのない下位認証局が発行しました。断られます。",
      en: "Issued by an authority below the real one that should not exist. Refused.",
    },
  },
};

export function persona(id: PersonaId): Persona {
  const { medium = "smartphone", generation = 1, offers = "user-authentication", ...texts } = table[id];
  return { ...texts, id, medium, generation, offers };
}

export const personas: readonly Persona[] = personaIds.map(persona);
