import type { Medium } from "../ca/profile.ts";
import type { Operation, PersonaState } from "../personas/operations.ts";
import type { Language } from "./language.ts";

/** Every text of the pages besides the personas' own. */
export interface Messages {
  readonly banner: string;
  readonly title: string;
  readonly introduction: string;
  readonly pins: string;
  readonly otherLanguage: string;
  readonly personas: string;
  readonly medium: Readonly<Record<Medium, string>>;
  readonly open: Readonly<Record<Medium, string>>;
  readonly state: Readonly<Record<PersonaState, string>>;
  readonly operation: Readonly<Record<Operation, string>>;
  readonly kind: string;
  readonly generation: string;
  readonly serial: string;
  readonly validUntil: string;
  readonly nowIn: (title: string, state: string) => string;
  readonly faults: string;
  readonly faultsIntroduction: string;
  readonly ocspDown: string;
  readonly staleCrl: string;
  readonly ocspDelay: string;
  readonly saveFaults: string;
  readonly faultsSaved: string;
  readonly forPrograms: string;
  readonly refused: string;
  readonly back: string;
}

export const messages: Readonly<Record<Language, Messages>> = {
  ja: {
    banner: "サンドボックス：試すための環境です。本物の電子証明書ではありません。",
    title: "J-LIS の代役",
    introduction: "開発のための認証局です。下の人はすべて架空です。証明書の状態を変えて、つながるサービスの動きを確かめられます。",
    pins: "暗証番号は、利用者証明用 1234、署名用 ABC123 です。",
    otherLanguage: "English",
    personas: "試せる端末とカード",
    medium: { card: "カード", smartphone: "スマートフォン" },
    open: { card: "このカードを使う", smartphone: "このスマートフォンを開く" },
    state: { good: "有効", on_hold: "一時停止中", revoked: "失効", expired: "期限切れ", forged: "偽造" },
    operation: { revoke: "失効させる", hold: "一時停止する", release: "停止を解く", reissue: "新しい端末に発行する", renew: "更新する" },
    kind: "種類",
    generation: "認証局の世代",
    serial: "発行番号（16進）",
    validUntil: "有効期限",
    nowIn: (title, state) => `「${title}」の状態は「${state}」です。`,
    faults: "障害を起こす",
    faultsIntroduction: "証明書の状態を答えるしくみを、わざと止めたり遅らせたりします。",
    ocspDown: "OCSP を止める（503 を返す）",
    staleCrl: "期限の過ぎた古い CRL を配る",
    ocspDelay: "OCSP の応答を遅らせる（ミリ秒）",
    saveFaults: "設定を保存する",
    faultsSaved: "障害の設定を保存しました。",
    forPrograms: "プログラム向け",
    refused: "この操作はできませんでした",
    back: "一覧に戻る",
  },
  en: {
    banner: "Sandbox: for trying things out. These are not real certificates.",
    title: "J-LIS stand-in",
    introduction:
      "A certification authority for development. Everyone below is invented. Change the state of a certificate and see what the connected services do.",
    pins: "The PIN for authentication is 1234, the one for signing ABC123.",
    otherLanguage: "日本語",
    personas: "Phones and cards to try",
    medium: { card: "Card", smartphone: "Phone" },
    open: { card: "Use this card", smartphone: "Open this phone" },
    state: { good: "Good", on_hold: "On hold", revoked: "Revoked", expired: "Expired", forged: "Forged" },
    operation: { revoke: "Revoke", hold: "Put on hold", release: "Lift the hold", reissue: "Reissue on a new device", renew: "Renew" },
    kind: "Kind",
    generation: "CA generation",
    serial: "Serial number (hex)",
    validUntil: "Valid until",
    nowIn: (title, state) => `“${title}” is now: ${state}.`,
    faults: "Cause faults",
    faultsIntroduction: "Stops or slows down, on purpose, what answers for the state of certificates.",
    ocspDown: "OCSP down (answers 503)",
    staleCrl: "Serve old CRLs, past their next update",
    ocspDelay: "Delay OCSP answers (milliseconds)",
    saveFaults: "Save these settings",
    faultsSaved: "The fault settings are saved.",
    forPrograms: "For programs",
    refused: "That could not be done",
    back: "Back to the list",
  },
};
