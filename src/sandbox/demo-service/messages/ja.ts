import type { Summary } from "../summary.ts";
import type { Requirement } from "../crosswalk.ts";
import type { ClaimGroup } from "../explanations.ts";
import { evidenceKinds, media } from "../value-words.ts";

const evidenceSentence = ({ evidence, ial }: Summary, day: (seconds: number) => string): string => {
  if (evidence === null) return "この方の身元を裏づけるものは、いまはありません。";
  const medium = media[evidence.medium].ja;
  const kind = evidence.kind === "jpki_signature" ? evidenceKinds.jpki_signature.ja : evidenceKinds.jpki_user_authentication.ja;
  const place = evidence.medium === "card" ? `${medium}の${kind}` : `${medium}に入った${kind}`;
  if (ial === 1) return `この方は${day(evidence.verified_at)}に${place}で確認されましたが、いまその裏づけは有効ではありません。`;
  return `この方は、${place}で${day(evidence.verified_at)}に確認されました。`;
};

const authenticationSentence = ({ authenticator, signed }: Summary): string => {
  if (authenticator === null) return "サインインの方法は伝えられていません。";
  if (authenticator.kind === "jpki_card") return "マイナンバーカードの電子証明書でサインインしました。";
  if (authenticator.kind === "jpki_smartphone") return "スマートフォンの電子証明書でサインインしました。";
  const passkey = authenticator.backup_eligible ? "同期できるパスキー" : "その端末だけで使えるパスキー";
  return signed ? `${passkey}と、電子証明書の署名でサインインしました。` : `${passkey}でサインインしました。`;
};

const requirementWords = ({ ial, aal, phishing_resistant, hardware_bound, status_checked_now }: Requirement): string =>
  [
    ial !== undefined && `身元確認 ${ial}`,
    aal !== undefined && `当人認証 ${aal}`,
    hardware_bound && "機器に結びつく鍵",
    phishing_resistant && "フィッシング耐性",
    status_checked_now && "失効をいま確認",
  ].filter(Boolean).join("・");

const groups: Readonly<Record<ClaimGroup, string>> = {
  levels: "確かさ",
  authentication: "サインイン",
  evidence: "身元の裏づけ",
  authenticator: "使われたもの",
  binding: "パスキーの結びつけ",
  protocol: "やりとりの記録",
};

/** The Japanese catalogue, which gives the type of the other. */
export const ja = {
  frame: {
    service: "こもれび図書館",
    tagline: "サインインを試すための、架空の図書館",
    skip: "本文へ移動",
    banner: "お試し用の環境です。架空のサービスで、本物の個人情報は使いません。",
    otherLanguage: "English",
    otherLanguageLabel: "Switch to English",
    footer: "このサービスが、マイナンバー（12桁の個人番号）をお聞きすることはありません。",
  },
  home: {
    title: "ようこそ、こもれび図書館へ",
    lead: "借りている本を見るには、サインインしてください。パスワードはいりません。",
    signIn: "サインイン",
    level: "求める確かさ",
    levelHint: "実際に満たされた確かさが返ります。足りないときは、その場で確かめ直します。",
    noLevel: "指定しない",
    options: "そのほかの条件",
    resource: "借りている本の一覧も使う",
    resourceHint: "この図書館の API 用のアクセストークンを頼みます。",
    fresh: "いま、あらためて確かめる",
    freshHint: "max_age=0 を付けて頼みます。",
    prompt: "サインインの画面を必ず出す",
    promptHint: "prompt=login を付けて頼みます。",
    offline: "サインアウトのあとも、つながりを残す",
    offlineHint: "offline_access を頼みます。サインイン先で同意の画面が出ます。",
    signedInTitle: "サインインしています",
    signedInText: "確かめられた内容は、いつでも見直せます。",
    showClaims: "届いた内容を見る",
    again: "別の条件でサインインし直す",
    unreachableTitle: "サインイン先とつながりません",
    unreachableText: "まだ起動していないか、止まっているようです。少し待って、もう一度お試しください。",
    retry: "もう一度つなぐ",
    endedTitle: "サインアウトしました",
    endedBy: {
      person: () => "この図書館からサインアウトしました。",
      provider: (time: string) => `${time}にサインイン先からログアウトの知らせが届き、この図書館での利用を終わりました。`,
      grant: () => "このサインインは、サインイン先でもう有効ではありません。サインアウト、電子証明書の失効、または時間切れのためです。",
    },
    requirementWords,
  },
  claims: {
    title: "サインインしました",
    summaryTitle: "確かめられたこと",
    evidenceSentence,
    authenticationSentence,
    authenticatedAt: (time: string) => `最後に本人を確かめたのは${time}です。`,
    levels: { ial: "身元確認", aal: "当人認証", fal: "連携" },
    levelOf: (level: number) => `3段階の${level}`,
    actionsTitle: "試してみる",
    resource: "借りている本を見る",
    resourceHint: "アクセストークンで API を呼びます。",
    refresh: "最新の状態にする",
    refreshHint: "トークンを更新します。その間に電子証明書が失効していれば、サインインはここで終わります。",
    stepUp: "より確かに確かめる",
    stepUpHint: "最も高い確かさを求めて、もう一度サインイン先へ行きます。",
    signOut: "サインアウト",
    refreshed: "最新の状態にしました。",
    rotated: "リフレッシュトークンは新しいものに替わり、前のものはもう使えません。",
    notRotated: "リフレッシュトークンは前と同じです。",
    unchanged: "届いた内容に変わりはありません。",
    changed: "変わったもの",
    nothing: "なし",
    booksTitle: "借りている本",
    due: (day: string) => `${day}まで`,
    tokenTold: "API が受け取ったトークンには、こう書かれていました。",
    apiRefused: (status: number) => `API はこの呼び出しを断りました（${status}）。`,
    idToken: "IDトークン",
    idTokenHint: "サインインの結果として、署名つきで届いたものです。",
    userinfo: "ユーザー情報",
    userinfoHint: "アクセストークンで問い合わせて届いたものです。",
    differs: "IDトークンと違います",
    unexplained: "このデモの知らない項目です。",
    groups,
    session: "このサインインについて",
    askedFor: "頼んだ確かさ",
    asked: "付けた条件",
    receivedAt: "届いた日時",
    refreshes: "更新した回数",
    times: (count: number) => `${count}回`,
    bound: "トークンの結びつき",
    boundText: "この図書館の鍵に結びつき（DPoP）、ほかでは使えません。",
  },
  logouts: {
    title: "届いたログアウトの知らせ",
    hint: "サインイン先でサインアウトすると、ここに届きます。一覧はすべての訪問者に共通です。",
    empty: "まだ届いていません。",
    accepted: (count: number) => (count === 0 ? "受け取りました。終わらせる利用はありませんでした" : `受け取り、${count}件の利用を終わりました`),
    refused: (at: string) => `正しくない知らせとして断りました（${at}）`,
  },
  problems: {
    title: "サインインに失敗しました",
    again: "もう一度サインインする",
    answer: "サインイン先の返事",
  },
  refusals: { title: "続けられませんでした", home: "はじめに戻る" },
};
