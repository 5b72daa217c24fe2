import type { LifecycleReason } from "../people/announcements.ts";

/** A sentence for each reason, for the receiver's log (CAEP 1.0 2, `reason_admin`). */
export const reasons: Readonly<Record<LifecycleReason, { readonly en: string; readonly ja: string }>> = {
  certificate_revoked: { en: "The person's certificate was revoked.", ja: "電子証明書が失効しました。" },
  certificate_on_hold: { en: "The person's certificate was put on hold.", ja: "電子証明書が一時停止されました。" },
  certificate_expired: { en: "The person's certificate has expired.", ja: "電子証明書の有効期限が切れました。" },
  certificate_status_unknown: { en: "The state of the person's certificate is not known.", ja: "電子証明書の状態を確認できません。" },
  certificate_good_again: { en: "The person's certificate is good again.", ja: "電子証明書が再び有効になりました。" },
  certificate_verified: { en: "A certificate of the person was verified.", ja: "電子証明書を確認しました。" },
  passkey_added: { en: "A passkey was added.", ja: "パスキーが追加されました。" },
  passkey_removed: { en: "A passkey was removed.", ja: "パスキーが削除されました。" },
  passkey_suspended: { en: "A passkey was suspended.", ja: "パスキーが一時停止されました。" },
  passkey_restored: { en: "A suspended passkey can be used again.", ja: "一時停止されたパスキーが再開されました。" },
  authenticator_compromised: { en: "The model of an authenticator is reported compromised.", ja: "認証器の機種に安全上の問題が報告されました。" },
  authenticator_trusted_again: { en: "The model of an authenticator is no longer reported compromised.", ja: "認証器の機種の問題が解消されました。" },
  recovered: { en: "The person recovered their ID by a fresh signature.", ja: "本人が新しい署名でIDを回復しました。" },
  recovery_forced: { en: "The operator asked the person to recover their ID.", ja: "運用者がIDの回復を求めました。" },
  held: { en: "The ID was put on hold.", ja: "IDが一時停止されました。" },
  surrendered: { en: "A phone was given up.", ja: "スマートフォンの利用が終了しました。" },
  released: { en: "The hold of the ID was lifted.", ja: "IDの一時停止が解除されました。" },
  link_ended: { en: "A certificate no longer counts as the person's.", ja: "電子証明書との結び付きが解かれました。" },
  disconnected: { en: "The person disconnected the service.", ja: "本人がサービスとの連携を解除しました。" },
  pseudonym_renewed: { en: "The person has a new pseudonym at the service.", ja: "サービスでの識別子が新しくなりました。" },
  withheld: { en: "The person no longer shares these claims.", ja: "本人が情報の提供を取りやめました。" },
  reported: { en: "The person reported activity that was not theirs.", ja: "本人が身に覚えのない操作を報告しました。" },
  restored: { en: "The bridge was restored from a backup; the person signs in again.", ja: "バックアップから復旧したため、もう一度サインインが必要です。" },
  erased: { en: "The person erased their ID.", ja: "本人がIDを削除しました。" },
};
