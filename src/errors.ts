/**
 * The one catalogue of refusals. Every refusal the bridge gives has a code from here, with its HTTP
 * status, whether trying again may help, and a plain sentence for the person in Japanese and English.
 * What only the operator may see travels in {@link Refusal.detail} and goes to the audit log alone.
 */

interface CatalogueEntry {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Whether the person may simply try again. */
  readonly retry: boolean;
  readonly ja: string;
  readonly en: string;
}

const entry = (status: number, retry: boolean, ja: string, en: string): CatalogueEntry => ({ status, retry, ja, en });

const certificateRefused = [
  "この電子証明書は利用できません。お住まいの市区町村の窓口にご確認ください。",
  "This certificate cannot be used. Please ask your municipality's office.",
] as const;

const metadataRefused = [
  "認証器の情報を確認できません。少し待ってからお試しください。",
  "What is known of authenticators cannot be checked right now. Please try again shortly.",
] as const;

export const catalogue = {
  // Requests
  invalid_request: entry(400, false, "送られた内容を読み取れませんでした。最初からやり直してください。", "We could not read what was sent. Please start again."),
  not_found: entry(404, false, "お探しのページは見つかりませんでした。", "We could not find that page."),
  method_not_allowed: entry(405, false, "この操作は受け付けていません。", "That is not possible here."),
  request_too_large: entry(413, false, "送られた内容が大きすぎます。", "What was sent is too large."),
  unsupported_media_type: entry(415, false, "送られた形式には対応していません。", "That format is not supported."),
  rate_limited: entry(429, true, "短い時間に多くの操作がありました。少し待ってからお試しください。", "Too many attempts in a short time. Please wait a little and try again."),
  // Registrations that relying parties make themselves (RFC 7591 3.2.2, RFC 6750 3.1)
  invalid_token: entry(401, false, "この操作の許可を確認できませんでした。", "The permission for this could not be verified."),
  insufficient_scope: entry(403, false, "この操作までは許可されていません。", "The permission does not reach this far."),
  invalid_redirect_uri: entry(400, false, "戻り先のURIを登録できません。", "The redirect URIs cannot be registered."),
  invalid_client_metadata: entry(400, false, "サービスの登録内容に誤りがあります。", "The registration of the service is not valid."),
  invalid_software_statement: entry(400, false, "ソフトウェアステートメントを確認できません。", "The software statement could not be verified."),
  unapproved_software_statement: entry(400, false, "このソフトウェアステートメントは認められていません。", "The software statement is not approved here."),
  internal_error: entry(500, true, "こちらの不具合で続けられませんでした。少し待ってからお試しください。", "Something went wrong on our side. Please try again shortly."),
  service_unavailable: entry(503, true, "ただいま混み合っています。少し待ってからお試しください。", "We are busy right now. Please try again shortly."),
  operation_not_possible: entry(409, false, "いまの状態では、この操作はできません。", "That is not possible in the present state."),
  my_number_refused: entry(400, false, "マイナンバー（個人番号）は入力しないでください。このサービスでは使いません。", "Please do not enter your My Number. This service never uses it."),
  cross_site_request: entry(403, false, "別のサイトからの操作は受け付けません。このページを開き直してください。", "A request from another site was refused. Please open this page again."),

  // Sign-in
  interaction_expired: entry(400, false, "サインインの手続きの時間が切れました。ご利用のサービスからやり直してください。", "This sign-in has expired. Please start again from the service you were using."),
  sign_in_required: entry(401, true, "サインインが必要です。", "Please sign in."),
  access_denied: entry(403, false, "手続きを取りやめました。", "You cancelled."),
  login_required: entry(403, false, "サインインが必要です。", "Please sign in."),
  consent_required: entry(403, false, "このサービスへの情報提供の同意が必要です。", "Your consent is needed for this service."),
  unmet_authentication_requirements: entry(403, false, "このサービスが求める確かさの本人確認ができませんでした。", "We could not reach the level of assurance this service requires."),

  // Passkeys
  passkey_unknown: entry(403, true, "このパスキーは登録されていません。別のパスキーを選ぶか、もう一度登録してください。", "This passkey is not registered here. Choose another one, or set up a new one."),
  passkey_not_active: entry(403, false, "このパスキーはまだ使えないか、使えなくなっています。", "This passkey is not active."),
  passkey_already_registered: entry(409, false, "このパスキーはすでに登録されています。", "This passkey is already registered."),
  passkey_challenge_unknown: entry(400, true, "確認の時間が切れたか、すでに使われました。もう一度お試しください。", "This check has expired or was already used. Please try again."),
  passkey_response_invalid: entry(400, true, "パスキーを確認できませんでした。もう一度お試しください。", "We could not verify your passkey. Please try again."),
  passkey_origin_mismatch: entry(403, false, "別のサイトで作られた応答のため、受け付けません。", "That response was made for another site, so we refused it."),
  passkey_user_verification_missing: entry(403, true, "指紋・顔・画面ロックなどによる本人の確認が必要です。", "Please confirm with your fingerprint, face or screen lock."),
  passkey_of_another_person: entry(403, false, "サインイン中の方とは別の方のパスキーです。", "That passkey belongs to another person than the one signed in."),
  passkey_counter_regressed: entry(403, false, "このパスキーは複製された疑いがあるため、受け付けません。", "This passkey may have been copied, so we refused it."),
  passkey_last_one: entry(409, false, "最後のパスキーは削除できません。先に別のパスキーを登録してください。", "The last passkey cannot be removed. Add another one first."),

  // Enrolment
  transaction_unknown: entry(404, false, "この手続きは見つからないか、すでに終わっています。", "This procedure is unknown or already over."),
  transaction_expired: entry(410, false, "手続きの時間が切れました。最初からやり直してください。", "This procedure has expired. Please start again."),
  transaction_cancelled: entry(410, false, "手続きは取りやめられました。", "This procedure was cancelled."),
  transaction_already_claimed: entry(409, false, "この手続きには、すでに別の端末がつながっています。", "Another device is already connected to this procedure."),
  transaction_wrong_state: entry(409, false, "いまはこの操作はできません。最初からやり直してください。", "That step is not possible now. Please start again."),
  transaction_too_many: entry(503, true, "ただいま手続きが混み合っています。少し待ってからお試しください。", "Too many procedures are open right now. Please try again shortly."),
  claim_secret_wrong: entry(403, false, "このリンクは正しくありません。もう一度QRコードを読み取ってください。", "This link is not right. Please scan the code again."),
  device_key_mismatch: entry(403, false, "手続きを始めた端末とは別の端末からの操作です。", "This came from another device than the one that is connected."),
  device_proof_invalid: entry(401, false, "端末を確認できませんでした。最初からやり直してください。", "We could not verify the device. Please start again."),
  device_proof_used: entry(401, false, "同じ要求が二度届きました。最初からやり直してください。", "The same request arrived twice. Please start again."),
  number_wrong: entry(403, true, "番号が違います。画面に表示された2桁の番号を入力してください。", "That number is not right. Enter the two digits shown in the browser."),
  number_attempts_exhausted: entry(403, false, "番号の間違いが続いたため、手続きを終了しました。", "Too many wrong numbers. This procedure has ended."),
  challenge_used: entry(409, false, "この署名はすでに使われました。最初からやり直してください。", "This signature was already used. Please start again."),
  proof_invalid: entry(403, false, "署名を確認できませんでした。最初からやり直してください。", "We could not verify the signature. Please start again."),
  proof_algorithm_refused: entry(403, false, "この署名の方式には対応していません。", "This kind of signature is not supported."),
  person_mismatch: entry(403, false, "サインイン中の方とは別の方の電子証明書です。", "This certificate belongs to another person than the one signed in."),
  person_unknown: entry(403, false, "この電子証明書で登録されたIDは見つかりません。以前の電子証明書をお持ちなら、続けて提示するとIDを引き継げます。", "We know no ID by this certificate. If you still have the earlier one, present both to carry your ID over."),
  recovery_under_review: entry(403, false, "窓口の確認をお待ちください。認められたら、同じ電子証明書でもう一度手続きすると、IDを引き継げます。", "Please wait until this has been reviewed. Once it is approved, begin again with the same certificate to carry your ID over."),
  recovery_denied: entry(403, false, "窓口の確認の結果、IDの引き継ぎは認められませんでした。", "After a review, this certificate was not accepted for carrying your ID over."),
  earlier_certificate_refused: entry(403, false, "以前の電子証明書では、IDを引き継げません。", "The earlier certificate cannot carry your ID over."),
  person_on_hold: entry(403, false, "このIDは一時停止中です。電子証明書で解除できます。窓口で止めたものは、窓口にお問い合わせください。", "This ID is suspended. You can end that with your certificate; if it was the operator who suspended it, please ask there."),
  person_erased: entry(403, false, "このIDは削除されました。", "This ID was erased."),
  continuation_invalid: entry(403, false, "このリンクは使えないか、時間が切れています。", "This link cannot be used or has expired."),
  return_code_invalid: entry(403, false, "このブラウザで始めた手続きではないため、続けられません。", "This browser did not start the procedure, so it cannot continue here."),

  // Certificates: structure
  malformed_certificate: entry(400, false, ...certificateRefused),
  certificate_too_large: entry(413, false, ...certificateRefused),
  // Certificates: path
  untrusted_issuer: entry(403, false, ...certificateRefused),
  bad_signature: entry(403, false, ...certificateRefused),
  path_too_complex: entry(403, false, ...certificateRefused),
  path_length_exceeded: entry(403, false, ...certificateRefused),
  not_a_ca: entry(403, false, ...certificateRefused),
  unknown_critical_extension: entry(403, false, ...certificateRefused),
  name_constraint_violated: entry(403, false, ...certificateRefused),
  policy_refused: entry(403, false, ...certificateRefused),
  // Certificates: time
  certificate_expired: entry(403, false, "電子証明書の有効期限が切れています。お住まいの市区町村の窓口で更新してください。", "Your certificate has expired. Please renew it at your municipality's office."),
  certificate_not_yet_valid: entry(403, false, "電子証明書の有効期間がまだ始まっていません。", "Your certificate is not valid yet."),
  // Certificates: profile
  key_usage_refused: entry(403, false, ...certificateRefused),
  extended_key_usage_refused: entry(403, false, ...certificateRefused),
  leaf_is_ca: entry(403, false, ...certificateRefused),
  weak_key: entry(403, false, ...certificateRefused),
  weak_algorithm: entry(403, false, ...certificateRefused),
  unsupported_algorithm: entry(403, false, ...certificateRefused),
  name_mismatch: entry(403, false, ...certificateRefused),
  // Certificates: status
  certificate_revoked: entry(403, false, "この電子証明書は失効しています。マイナンバーカードや新しい電子証明書があれば、そちらをお使いください。なければ、お住まいの市区町村の窓口にご確認ください。", "This certificate has been revoked. Please use that of your card, or a new one; if you have neither, ask your municipality's office."),
  certificate_on_hold: entry(403, false, "この電子証明書は一時停止されています。停止を解除してからお試しください。", "This certificate is suspended. Please have the suspension ended and try again."),
  certificate_unknown: entry(403, false, ...certificateRefused),
  certificate_not_accepted: entry(403, false, "この電子証明書では手続きできません。有効な利用者証明用電子証明書かどうかをご確認ください。", "This certificate was not accepted. Please check that it is a valid user authentication certificate."),
  status_unavailable: entry(503, true, "電子証明書の状態をただいま確認できません。少し待ってからお試しください。", "The state of certificates cannot be checked right now. Please try again shortly."),
  // Status answers (for the operator and the auditor)
  malformed_ocsp_response: entry(502, true, ...certificateRefused),
  ocsp_response_too_large: entry(502, true, ...certificateRefused),
  ocsp_not_successful: entry(502, true, ...certificateRefused),
  ocsp_responder_untrusted: entry(502, true, ...certificateRefused),
  ocsp_certificate_mismatch: entry(502, true, ...certificateRefused),
  ocsp_nonce_mismatch: entry(502, true, ...certificateRefused),
  ocsp_not_fresh: entry(502, true, ...certificateRefused),
  malformed_crl: entry(502, true, ...certificateRefused),
  crl_too_large: entry(502, true, ...certificateRefused),
  crl_issuer_mismatch: entry(502, true, ...certificateRefused),
  crl_scope_mismatch: entry(502, true, ...certificateRefused),
  crl_not_fresh: entry(502, true, ...certificateRefused),
  crl_number_regressed: entry(502, true, ...certificateRefused),
  crl_missing: entry(502, true, ...certificateRefused),
  // FIDO metadata (for the operator and the auditor)
  metadata_unavailable: entry(502, true, ...metadataRefused),
  metadata_too_large: entry(502, true, ...metadataRefused),
  malformed_metadata: entry(502, true, ...metadataRefused),
  metadata_number_regressed: entry(502, true, ...metadataRefused),
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;

/** What a pure check answers when it refuses: the code, and where or by which rule, for the operator. */
export interface Refused {
  readonly valid: false;
  readonly code: ErrorCode;
  /** The rule, offset or field that decided. Never personal data, never key material. */
  readonly at: string;
  /** Which certificate of a path it is about: 0 the leaf, 1 its issuer. Absent where nobody else could be meant. */
  readonly certificate?: number;
}

export type Verdict<Value> = { readonly valid: true; readonly value: Value } | Refused;

export const accept = <Value>(value: Value): Verdict<Value> => ({ valid: true, value });
export const refuse = (code: ErrorCode, at: string): Refused => ({ valid: false, code, at });

/** A refusal on its way to the edge. Only the shell throws; pure functions return {@link Verdict}. */
export class Refusal extends Error {
  readonly code: ErrorCode;
  /** For the operator's audit log alone: never shown, never personal data. */
  readonly detail: string;
  /** Seconds after which trying again makes sense, for `Retry-After`. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, detail = "", retryAfter?: number) {
    super(code);
    this.name = "Refusal";
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** The value of an accepted verdict; a refused one is thrown as a {@link Refusal}. */
export function orThrow<Value>(verdict: Verdict<Value>): Value {
  if (verdict.valid) return verdict.value;
  throw new Refusal(verdict.code, verdict.at);
}
