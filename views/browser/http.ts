/** Calls to our own server: JSON both ways, with the page's anti-forgery token. */

/** A refusal by the server, with its code and its sentence in the page's language. */
export class ServerRefusal extends Error {
  readonly code: string;
  readonly sentence: string;

  constructor(code: string, sentence: string) {
    super(code);
    this.name = "ServerRefusal";
    this.code = code;
    this.sentence = sentence;
  }
}

/** There was no answer, or none that can be read. */
export class NoConnection extends Error {
  constructor(cause: unknown) {
    super("no connection", { cause });
    this.name = "NoConnection";
  }
}

/** Posts JSON; the answer is taken to be what the protocol says. Throws the two errors above. */
export function postJson<Answer>(address: string, body: object): Promise<Answer> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  return request<Answer>(address, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": token },
    body: JSON.stringify(body),
  });
}

/** Gets JSON, never from a cache. */
export function getJson<Answer>(address: string): Promise<Answer> {
  return request<Answer>(address, { method: "GET" });
}

async function request<Answer>(address: string, init: RequestInit): Promise<Answer> {
  const headers = { accept: "application/json", "accept-language": document.documentElement.lang, ...init.headers };
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(address, { ...init, headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(20_000) });
    answer = await response.json();
  } catch (cause) {
    throw new NoConnection(cause);
  }
  if (response.ok) return answer as Answer;
  const { error, error_description } = answer as { error?: string; error_description?: string };
  if (error === undefined || error_description === undefined) throw new NoConnection(response.status);
  throw new ServerRefusal(error, error_description);
}
