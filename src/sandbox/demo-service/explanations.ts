import type { AssuranceClaims } from "../../assurance/claims.ts";
import type { Text } from "./language.ts";

/** Every dotted path to a value inside `T`; an array is one value. */
type PathsOf<T> = {
  [Key in keyof T & string]-?: NonNullable<T[Key]> extends readonly unknown[] ? Key : NonNullable<T[Key]> extends object ? `${Key}.${PathsOf<NonNullable<T[Key]>>}` : Key;
}[keyof T & string];

/** What the bridge says of assurance: a claim that is added there and not explained here does not compile. */
type AssurancePath = PathsOf<AssuranceClaims>;
/** Claims of OpenID Connect, of logout and of JWT access tokens. */
type ProtocolPath = "iss" | "sub" | "aud" | "azp" | "exp" | "iat" | "nbf" | "nonce" | "sid" | "at_hash" | "jti" | "client_id" | "scope" | "cnf.jkt";
export type ClaimPath = AssurancePath | ProtocolPath;

/** Sections of the list of claims, in their order. */
export const claimGroups = ["levels", "authentication", "evidence", "authenticator", "binding", "protocol"] as const;
export type ClaimGroup = (typeof claimGroups)[number];

export interface Explanation {
  readonly group: ClaimGroup;
  readonly text: Text;
  /** How exact the number is, if it is a time in seconds since the epoch. */
  readonly time: "minute" | "day" | null;
}

const says = (group: ClaimGroup, ja: string, en: string): Explanation => ({ group, text: { ja, en }, time: null });
const when = (group: ClaimGroup, ja: string, en: string): Explanation => ({ group, text: { ja, en }, time: "minute" });
/** The bridge tells only the day of what two services could compare. */
const onDay = (group: ClaimGroup, ja: string, en: string): Explanation => ({ group, text: { ja, en }, time: "day" });

/** One plain line for each claim. */
export const explanations: Readonly<Record<ClaimPath, Explanation>> = {
  ial: says("levels", "身元確認の確かさ。3 が最も高く、有効な電子証明書に裏づけられています。", "How surely it is known who this person is. 3 is the highest: backed by a valid certificate."),
  aal: says("levels", "サインインした人が本人である確かさ。3 が最も高い値です。", "How surely the one who signed in is that person. 3 is the highest."),
  fal: says("levels", "この結果がこのサービスへ届くまでの確かさ。3 なら、このサービスの鍵に結びついています。", "How surely this result reached this service. At 3 it is bound to a key of this service."),
  acr: says("authentication", "満たされた確かさを、このサービスが頼んだ書き方で表した値。", "The level that was reached, in the vocabulary this service asked in."),
  amr: says("authentication", "サインインに使われた方法。", "The methods used to sign in."),
  auth_time: when("authentication", "本人であることを最後に確かめた日時。", "When the person was last authenticated."),

  "assurance.evidence.kind": says("evidence", "身元の裏づけになった電子証明書の種類。", "The kind of certificate that backs the identity."),
  "assurance.evidence.medium": says("evidence", "その電子証明書が入っているもの。", "What holds that certificate."),
  "assurance.evidence.verified_at": onDay("evidence", "電子証明書を確かめた日。", "The day on which the certificate was verified."),
  "assurance.evidence.status": says("evidence", "電子証明書のいまの状態。失効すると、身元確認の確かさは下がります。", "The certificate's present status. If it is revoked, the identity level falls."),
  "assurance.evidence.status_source": says("evidence", "状態を調べた方法。", "How the status was found out."),
  "assurance.evidence.status_time": when("evidence", "認証局がその状態を保証した時点。", "The time for which the authority vouches for that status."),
  "assurance.evidence.continuity": says("evidence", "電子証明書が新しくなったとき、同じ方のものだとどう確かめたか。最初の電子証明書にはありません。", "How a later certificate was shown to be the same person's. Absent for a first certificate."),

  "assurance.authenticator.kind": says("authenticator", "サインインに使われたもの。", "What was used to sign in."),
  "assurance.authenticator.backup_eligible": says("authenticator", "パスキーがほかの端末と同期できるか。同期できるものは、当人認証の確かさが 2 までになります。", "Whether the passkey can be synced to other devices. If it can, the authentication level ends at 2."),
  "assurance.authenticator.attestation": says("authenticator", "パスキーを作った機器の素性を確かめられたか。", "Whether the make of the device that holds the passkey could be verified."),

  "assurance.binding.bound_at": onDay("binding", "パスキーを本人に結びつけた日。", "The day on which the passkey was bound to the person."),
  "assurance.binding.bound_by": says("binding", "何を根拠に結びつけたか。", "On the strength of what it was bound."),
  "assurance.binding.ial": says("binding", "結びつけたときの、身元確認の確かさ。", "The identity level at that moment."),
  "assurance.binding.aal": says("binding", "結びつけたときの、当人認証の確かさ。", "The authentication level at that moment."),
  "assurance.policy": says("evidence", "確かさを決めた規則の版。", "The version of the rules that decided."),

  iss: says("protocol", "この情報を発行したところ。", "Who issued this."),
  sub: says("protocol", "この方の識別子。このサービスだけのもので、ほかのサービスでは別の値になります。", "The person's identifier. It is this service's alone: another service sees another value."),
  aud: says("protocol", "この情報を受け取ってよい相手。", "Whom this is meant for."),
  azp: says("protocol", "この情報を頼んだサービス。", "The service that asked for this."),
  exp: when("protocol", "この情報の期限。", "When this expires."),
  iat: when("protocol", "この情報が発行された日時。", "When this was issued."),
  nbf: when("protocol", "この情報が使えるようになる日時。", "When this begins to count."),
  nonce: says("protocol", "このサインインの返事であることを示す、使い捨ての値。", "A one-time value that ties the answer to this very sign-in."),
  sid: says("protocol", "サインイン先での利用の区切り。ログアウトの知らせは、この値で届きます。", "The session at the provider. Logout notices name it."),
  at_hash: says("protocol", "いっしょに届いたアクセストークンの要約。すり替えに気づけます。", "A digest of the access token that came along, so that a swap would be noticed."),
  jti: says("protocol", "このトークンの通し番号。", "The identifier of this one token."),
  client_id: says("protocol", "トークンを受け取ったサービス。", "The service that was given the token."),
  scope: says("protocol", "このトークンでできること。", "What the token may be used for."),
  "cnf.jkt": says("protocol", "このトークンを使える鍵の指紋。盗まれても、鍵がなければ使えません。", "The fingerprint of the key that may use the token: stolen without the key, it is worth nothing."),
};

const known = new Map<string, Explanation>(Object.entries(explanations));

/** The explanation of a claim; `undefined` for one that the bridge is not known to send. */
export const explanationOf = (path: string): Explanation | undefined => known.get(path);
