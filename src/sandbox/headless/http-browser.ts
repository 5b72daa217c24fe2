/** A browser without a screen: cookies with their paths, redirects followed one by one, forms posted. */

interface Cookie {
  readonly value: string;
  readonly path: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly url: string;
}

/** How a request reaches its server: as `fetch`, with redirects not followed. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

export class HttpBrowser {
  readonly #cookies = new Map<string, Map<string, Cookie>>();
  readonly #send: Send;
  readonly language: string;

  constructor(language = "en", send: Send = fetch) {
    this.language = language;
    this.#send = send;
  }

  /** One request, its redirects not followed. */
  async request(url: string, init: RequestInit = {}): Promise<Answer> {
    const { origin, pathname } = new URL(url);
    const headers = new Headers(init.headers);
    headers.set("accept-language", this.language);
    const cookies = [...(this.#cookies.get(origin) ?? [])].filter(([, { path }]) => pathMatches(pathname, path));
    if (cookies.length > 0) headers.set("cookie", cookies.map(([name, { value }]) => `${name}=${value}`).join("; "));
    const response = await this.#send(url, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#store(origin, line);
    return { status: response.status, headers: response.headers, text: await response.text(), url };
  }

  /** Follows redirects while they stay at this origin; the answer that stays, or the way out. */
  async open(url: string, init: RequestInit = {}): Promise<Answer> {
    let answer = await this.request(url, init);
    for (let hops = 0; hops < 20 && answer.status >= 300 && answer.status < 400; hops += 1) {
      const next = new URL(answer.headers.get("location") ?? "", answer.url);
      if (next.origin !== new URL(url).origin) return answer;
      answer = await this.request(next.href);
    }
    return answer;
  }

  /** Posts a form of the page that was opened last at this origin. */
  submit(page: Answer, action: string, fields: Record<string, string> = {}): Promise<Answer> {
    const url = new URL(action, page.url).href;
    const body = new URLSearchParams({ csrf: csrfOf(page), ...fields });
    return this.open(url, { method: "POST", body, headers: { accept: "text/html", origin: new URL(url).origin, "sec-fetch-site": "same-origin" } });
  }

  /** Posts JSON as the page's script would. */
  async postJson(page: Answer, path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> {
    const url = new URL(path, page.url).href;
    const headers = { "content-type": "application/json", accept: "application/json", "x-csrf-token": csrfOf(page), origin: new URL(url).origin, "sec-fetch-site": "same-origin" };
    const answer = await this.request(url, { method: "POST", body: JSON.stringify(body), headers });
    return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
  }

  /** The cookies of an origin, to be stolen by tests that need to. */
  cookiesOf(origin: string): ReadonlyMap<string, string> {
    return new Map([...(this.#cookies.get(origin) ?? [])].map(([name, { value }]) => [name, value]));
  }

  #store(origin: string, line: string): void {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const separator = pair.indexOf("=");
    const name = pair.slice(0, separator);
    const value = pair.slice(separator + 1);
    const path = attributes.find((attribute) => attribute.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
    const jar = this.#cookies.get(origin) ?? new Map<string, Cookie>();
    if (value === "") jar.delete(name);
    else jar.set(name, { value, path });
    this.#cookies.set(origin, jar);
  }
}

function pathMatches(pathname: string, path: string): boolean {
  return pathname === path || (pathname.startsWith(path) && (path.endsWith("/") || pathname[path.length] === "/"));
}

/** The anti-forgery token of a page. */
export function csrfOf({ text }: Answer): string {
  return /<meta name="csrf-token" content="([^"]*)">/.exec(text)?.[1] ?? "";
}
