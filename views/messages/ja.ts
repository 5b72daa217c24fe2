import { accountPages } from "./account-ja.ts";
import { consentPages } from "./consent-ja.ts";
import { consoleSentences } from "./console-ja.ts";
import { enrolmentPages } from "./enrolment-ja.ts";
import { otherDevicePages } from "./other-device-ja.ts";
import { phone } from "./phone-ja.ts";
import { recoveryPages } from "./recovery-ja.ts";
import { signInPages } from "./sign-in-ja.ts";

/**
 * The Japanese catalogue, which gives the type of every other. Sections named `script` go to a browser
 * module as data: plain strings only, `{name}` where the module fills something in.
 */
export const ja = {
  common: {
    product: "jpki-bridge",
    skip: "本文へ移動",
    otherLanguage: "English",
    otherLanguageLabel: "Switch to English",
    sandbox: "お試し用の環境です。本物の電子証明書や個人情報は使いません。",
    noScript: "この画面を使うには、ブラウザの設定で JavaScript を有効にしてください。",
    noMyNumber: "このサービスが、マイナンバー（12桁の個人番号）をお聞きすることはありません。",
    cancel: "やめる",
    service: "ご利用のサービス",
    minutes: "3分ほどで終わります。",
  },
  error: {
    title: "手続きを続けられませんでした",
    whatNow: "次にできること",
    retry: "少し待ってから、もう一度お試しください。",
    retryIn: (seconds: number) => `${seconds}秒たってから、もう一度お試しください。`,
    startAgain: "ご利用のサービスに戻って、最初からやり直してください。",
    retryButton: "もう一度試す",
    home: "トップページへ",
    code: "エラーコード",
    requestId: "お問い合わせ番号",
    developers: "開発者向けの情報",
  },
  home: {
    title: "一度の本人確認で、どこでもパスキー",
    lead: "マイナンバーカードの電子証明書で一度ご本人を確かめると、次からは指紋や顔だけで、いろいろなサービスにサインインできます。",
    points: [
      ["一度だけ", "カードや暗証番号を使うのは、最初の一度だけです。"],
      ["渡しすぎない", "サービスごとに別の番号を使うので、サービスどうしであなたを結びつけられません。"],
      ["いつでも取り消せる", "パスキーもサービスとのつながりも、アカウントの画面で取り消せます。"],
    ],
    account: "アカウントを見る",
    trial: "試してみる",
    demoService: "お試し用のサービス",
    demoPhone: "お試し用のスマートフォン",
    demoAuthority: "お試し用の認証局",
    developers: "開発者の方へ",
    metadata: "OpenID Connect の設定情報",
  },
  ...signInPages,
  ...enrolmentPages,
  ...consentPages,
  ...accountPages,
  ...otherDevicePages,
  ...recoveryPages,
  phone,
  console: consoleSentences,
};
