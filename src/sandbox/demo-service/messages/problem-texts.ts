import type { Language } from "../language.ts";
import type { ProblemCode } from "../problem.ts";

/** What is the matter, and what to do about it. */
type ProblemText = readonly [what: string, todo: string];

/** Every problem in plain words. */
export const problemTexts: Readonly<Record<Language, Readonly<Record<ProblemCode, ProblemText>>>> = {
  ja: {
    access_denied: ["手続きが途中で取りやめられました。", "続けるときは、もう一度サインインしてください。"],
    login_required: ["サインインが必要です。", "もう一度サインインしてください。"],
    interaction_required: ["画面での操作が必要ですが、行われませんでした。", "もう一度サインインしてください。"],
    consent_required: ["このサービスへ情報を伝えることの同意が必要です。", "もう一度サインインし、内容を確かめて同意してください。"],
    unmet_authentication_requirements: ["求めた確かさまで、確かめることができませんでした。", "電子証明書の入ったスマートフォンやカードを用意して試すか、求める確かさを下げてください。"],
    insufficient_user_authentication: ["この操作には、より確かな本人確認が必要です。", "「より確かに確かめる」で、もう一度確かめてください。"],
    invalid_request: ["サインイン先が、このサービスからの頼み方を受け付けませんでした。", "利用者側でできることはありません。開発者は下の返事を確かめてください。"],
    invalid_scope: ["このサービスが頼んだ範囲は許されていません。", "条件を減らして、もう一度サインインしてください。"],
    invalid_target: ["サインイン先が、この図書館の API を知りません。", "「借りている本の一覧も使う」を外してサインインするか、サインイン先の resources に API を登録してください。"],
    invalid_client: ["サインイン先が、このサービスを確かめられませんでした。", "登録された鍵が違うようです。開発者は「client doctor」で登録を確かめてください。"],
    unauthorized_client: ["このサービスには、その頼み方が許されていません。", "開発者は「client doctor」で登録を確かめてください。"],
    invalid_grant: ["このサインインは、もう有効ではありません。", "サインアウト、失効、または時間切れで終わっています。もう一度サインインしてください。"],
    invalid_token: ["アクセストークンが受け付けられませんでした。", "「最新の状態にする」を押すか、もう一度サインインしてください。"],
    insufficient_scope: ["アクセストークンに、その操作の許しが含まれていません。", "「借りている本の一覧も使う」を選んで、もう一度サインインしてください。"],
    server_error: ["サインイン先で不具合が起きました。", "少し待って、もう一度お試しください。"],
    temporarily_unavailable: ["サインイン先が混み合っているか、電子証明書の状態を確かめられません。", "少し待って、もう一度お試しください。"],
    provider_unreachable: ["サインイン先とつながりません。", "サインイン先が動いているか確かめ、少し待ってからもう一度お試しください。"],
    sign_in_unknown: ["このブラウザで始めたサインインではないか、時間が切れています。", "このページを閉じて、はじめからサインインしてください。"],
    answer_not_trusted: ["サインイン先からの返事が、正しいものと確かめられませんでした。", "もう一度サインインしてください。続くときは、返事がすり替えられているおそれがあります。"],
    session_ended: ["この図書館での利用は、すでに終わっています。", "もう一度サインインしてください。"],
    resource_not_asked: ["このサインインでは、借りている本の一覧を頼んでいません。", "「借りている本の一覧も使う」を選んで、もう一度サインインしてください。"],
    no_refresh_token: ["このサインインでは、リフレッシュトークンが届いていません。", "もう一度サインインしてください。"],
    other: ["サインイン先が、サインインを断りました。", "もう一度お試しください。続くときは、下の返事を開発者に伝えてください。"],
  },
  en: {
    access_denied: ["The procedure was cancelled.", "To go on, sign in again."],
    login_required: ["You need to sign in.", "Please sign in again."],
    interaction_required: ["Something had to be done on a page, and was not.", "Please sign in again."],
    consent_required: ["Your consent to passing on information is needed.", "Sign in again, read what is shared, and agree."],
    unmet_authentication_requirements: ["The level that was asked for could not be reached.", "Have the phone or card with your certificate at hand, or ask for a lower level."],
    insufficient_user_authentication: ["This needs a higher level of assurance.", "Use “Reach a higher level” and try again."],
    invalid_request: ["The provider did not accept the way this service asked.", "There is nothing you can do about it. Developers: see the answer below."],
    invalid_scope: ["This service asked for more than it may have.", "Choose fewer conditions and sign in again."],
    invalid_target: ["The provider does not know this library's API.", "Sign in without “Use the list of borrowed books too”, or list the API under the provider's resources."],
    invalid_client: ["The provider could not verify this service.", "Its registered key seems to be another. Developers: check the registration with “client doctor”."],
    unauthorized_client: ["This service may not ask in that way.", "Developers: check the registration with “client doctor”."],
    invalid_grant: ["This sign-in no longer counts.", "It has ended by sign-out, revocation or time. Please sign in again."],
    invalid_token: ["The access token was not accepted.", "Choose “Bring up to date”, or sign in again."],
    insufficient_scope: ["The access token does not allow that.", "Sign in again with “Use the list of borrowed books too”."],
    server_error: ["Something went wrong at the provider.", "Please wait a little and try again."],
    temporarily_unavailable: ["The provider is busy, or cannot check the state of certificates.", "Please wait a little and try again."],
    provider_unreachable: ["The provider does not answer.", "See that it is running, wait a little and try again."],
    sign_in_unknown: ["This sign-in was not begun in this browser, or has expired.", "Close this page and sign in from the start."],
    answer_not_trusted: ["The provider's answer could not be verified.", "Please sign in again. If this goes on, somebody may be tampering with the answers."],
    session_ended: ["Your visit to this library has already ended.", "Please sign in again."],
    resource_not_asked: ["The list of borrowed books was not asked for in this sign-in.", "Sign in again with “Use the list of borrowed books too”."],
    no_refresh_token: ["No refresh token came with this sign-in.", "Please sign in again."],
    other: ["The provider refused the sign-in.", "Please try again. If this goes on, show the answer below to a developer."],
  },
};
