import type { Assurance, Explained } from "./assure.ts";
import type { AuthenticationCap, AuthenticationRule } from "./authentication.ts";
import type { Level } from "./facts.ts";
import type { FederationCap, FederationRule } from "./federation.ts";
import type { IdentityCap, IdentityRule } from "./identity.ts";

/** A sentence in each language. */
export interface Sentence {
  readonly ja: string;
  readonly en: string;
}

/** Why one level is what it is: codes for programs, sentences for people. */
export interface Reason {
  readonly level: Level;
  readonly rule: string;
  readonly because: Sentence;
  /** What kept it from being higher; absent at the top. */
  readonly cap?: string;
  readonly cappedBecause?: Sentence;
}

const rules: Readonly<Record<IdentityRule | AuthenticationRule | FederationRule, Sentence>> = {
  evidence_current: { ja: "証明書が有効であることを、最近確認しました。", en: "The certificate was found valid not long ago." },
  evidence_status_ageing: { ja: "証明書が有効であることを確認しましたが、少し時間がたっています。", en: "The certificate was found valid, but that was some time ago." },
  pseudonym: { ja: "いまの本人確認の裏づけとなる証明書がありません。", en: "No certificate says who this is at present." },
  signature_same_device: { ja: "この端末で、証明書の暗証番号を使って本人を確認しました。", en: "The certificate was used with its PIN on this very device." },
  signature_other_device: { ja: "別の端末で、証明書の暗証番号を使って本人を確認しました。", en: "The certificate was used with its PIN on another device." },
  passkey_hardware_bound: { ja: "端末から取り出せないことが確かめられたパスキーを使いました。", en: "A passkey was used that is known never to leave its device." },
  passkey_user_verified: { ja: "パスキーを、指紋・顔・暗証番号などによる確認とともに使いました。", en: "A passkey was used with a fingerprint, a face or a PIN." },
  passkey_user_presence: { ja: "パスキーを、触れるだけで使いました。", en: "A passkey was used by a touch alone." },
  not_authenticated: { ja: "いまのところ、サインインの操作がありません。", en: "Nothing was shown to sign in." },
  key_bound_assertion: { ja: "サービスは鍵で自分を証明し、結果はその鍵でしか使えません。", en: "The service proves itself by a key, and the answer works with that key alone." },
  protected_request: { ja: "サービスは鍵で自分を証明し、要求は改ざんできない方法で届きました。", en: "The service proves itself by a key, and its request came in a way that cannot be altered." },
  registered_client: { ja: "登録されたサービスです。", en: "The service is registered." },
};

const caps: Readonly<Record<IdentityCap | AuthenticationCap | FederationCap, Sentence>> = {
  person_on_hold: { ja: "アカウントが一時停止されています。", en: "The account is suspended." },
  person_erased: { ja: "アカウントは消去されました。", en: "The account was erased." },
  no_evidence: { ja: "確認済みの証明書がありません。", en: "No certificate has been checked." },
  evidence_not_yet_valid: { ja: "証明書を確認した時刻が未来になっています。", en: "The certificate was checked at a time that is still to come." },
  evidence_expired: { ja: "証明書の有効期限が切れています。", en: "The certificate has expired." },
  evidence_revoked: { ja: "証明書は失効しています。", en: "The certificate was revoked." },
  evidence_on_hold: { ja: "証明書は一時停止されています。", en: "The certificate is suspended." },
  status_unknown: { ja: "証明書が有効かどうかを確認できません。", en: "Nobody can say whether the certificate is valid." },
  status_not_fresh: { ja: "証明書の状態を、しばらく確認できていません。", en: "The certificate's state could not be checked for a while." },
  status_too_old: { ja: "証明書の状態を、長いあいだ確認できていません。", en: "The certificate's state could not be checked for a long time." },
  nothing_presented: { ja: "サインインに使ったものがありません。", en: "Nothing was used to sign in." },
  other_device: { ja: "別の端末での確認は、取り次がれたものでないとは言い切れません。", en: "What is done on another device could have been passed on by somebody." },
  user_verification_missing: { ja: "指紋・顔・暗証番号などによる確認がありませんでした。", en: "There was no fingerprint, face or PIN." },
  authenticator_unknown: { ja: "パスキーの種類の記録がありません。", en: "There is no record of what kind of passkey it is." },
  backup_eligible: { ja: "パスキーは、ほかの端末にも複製できる種類です。", en: "The passkey is of a kind that can be copied to other devices." },
  attestation_not_verified: { ja: "パスキーが端末から取り出せないことを、確かめられていません。", en: "It is not proven that the passkey cannot leave its device." },
  metadata_bad: { ja: "この種類の認証器には、安全上の問題が報告されています。", en: "A security problem is reported for this kind of authenticator." },
  binding_unknown: { ja: "パスキーがどのように登録されたかの記録がありません。", en: "There is no record of how the passkey was added." },
  binding_level: { ja: "パスキーは、より低い水準の確認で登録されました。", en: "The passkey was added at a lower level." },
  recovery_cooling_off: { ja: "アカウントを最近回復したため、しばらくは上限があります。", en: "The account was recovered recently; for a while there is a limit." },
  client_not_authenticated_by_key: { ja: "サービスは鍵で自分を証明していません。", en: "The service does not prove itself by a key." },
  request_not_protected: { ja: "サービスの要求は、改ざんを防ぐ方法で届いていません。", en: "The service's request did not come in a way that keeps it from being altered." },
  assertion_not_key_bound: { ja: "結果が、サービスの鍵に結びつけられていません。", en: "The answer is not bound to a key of the service." },
  policy: { ja: "運用者の方針で、上限が定められています。", en: "The operator's policy sets a limit." },
};

/** The three levels of an assurance, each with the rule that gave it and the fact that capped it. */
export function reasonsFor({ ial, aal, fal, explanation }: Pick<Assurance, "ial" | "aal" | "fal" | "explanation">): Readonly<Record<"ial" | "aal" | "fal", Reason>> {
  return { ial: reason(ial, explanation.ial), aal: reason(aal, explanation.aal), fal: reason(fal, explanation.fal) };
}

function reason(level: Level, { rule, cappedBy }: Explained<keyof typeof rules, keyof typeof caps>): Reason {
  return { level, rule, because: rules[rule], ...(cappedBy !== undefined && { cap: cappedBy, cappedBecause: caps[cappedBy] }) };
}

/** Every code there is, with its sentences. */
export const explanations = { rules, caps } as const;
