/** As much of a browser as these pages need: cookies, forms and redirects. Ports share cookies, as they do in one. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

export class Browser {
  readonly #cookies = new Map<string, string>();
  /** Where every redirect led, newest last. */
  readonly path: string[] = [];

  get cookieNames(): string[] {
    return [...this.#cookies.keys()];
  }

  cookie(name: string): string | undefined {
    return this.#cookies.get(name);
  }

  setCookie(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  async open(address: string | URL): Promise<Page> {
    return this.#follow(new URL(address), { method: "GET", headers: { Accept: "text/html" } });
  }

  /** Posts a form, as a page of `from` would. */
  async post(address: string | URL, fields: Readonly<Record<string, string>> = {}, from = new URL(address).origin): Promise<Page> {
    const site = from === new URL(address).origin ? "same-origin" : "same-site";
    const headers = { Accept: "text/html", Origin: from, "Sec-Fetch-Site": site, "Content-Type": "application/x-www-form-urlencoded" };
    return this.#follow(new URL(address), { method: "POST", headers, body: new URLSearchParams(fields).toString() });
  }

  /** One request, no redirect followed. */
  async send(url: URL, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, redirect: "manual", headers: { ...init.headers, ...(cookie !== "" && { Cookie: cookie }) } });
    for (const line of response.headers.getSetCookie()) this.#take(line);
    return response;
  }

  async #follow(url: URL, init: RequestInit & { headers: Record<string, string> }): Promise<Page> {
    const response = await this.send(url, init);
    const next = response.headers.get("location");
    if (next === null) return { url, status: response.status, text: await response.text(), headers: response.headers };
    await response.arrayBuffer();
    const target = new URL(next, url);
    this.path.push(target.pathname);
    if (this.path.length > 100) throw new Error("too many redirects");
    return this.#follow(target, { method: "GET", headers: { Accept: "text/html" } });
  }

  #take(line: string): void {
    const [pair = "", ...attributes] = line.split(";");
    const name = pair.slice(0, pair.indexOf("="));
    const value = pair.slice(pair.indexOf("=") + 1);
    const expires = attributes.find((each) => each.trim().toLowerCase().startsWith("expires="));
    if (value === "" || (expires !== undefined && Date.parse(expires.split("=")[1] ?? "") < Date.now())) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
