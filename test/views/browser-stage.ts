/** A real browser before a small server that plays ours: pages, their modules, and the answers of a test. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import chromium from "@sparticuz/chromium";
import { build } from "esbuild";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { scriptNames, styleEntry, type PageContext } from "../../views/context.ts";
import { render, type Html } from "../../views/html.ts";

export type Json = Readonly<Record<string, unknown>>;

/** What one call gets: a page, or JSON with its status. Its request body has been read. */
type Answer = Html | { readonly status: number; readonly json: Json };
type Handler = (body: Json, headers: NodeJS.Dict<string | string[]>) => Answer | Promise<Answer>;

export const json = (body: object): Answer => ({ status: 200, json: { ...body } });
export const refusal = (status: number, error: string): Answer => ({ status, json: { error, error_description: `words for ${error}` } });

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src *; form-action 'self'; base-uri 'none'";
const views = fileURLToPath(new URL("../../views/", import.meta.url));

export const context: PageContext = { csrf: "token-1", sandbox: true, assets: { style: "/main.css", script: (name) => `/${name}.js` } };

export class BrowserStage {
  readonly handlers = new Map<string, Handler>();
  /** What the browser refused for the sake of the policy, or a module threw. */
  readonly complaints: string[] = [];
  readonly #files: ReadonlyMap<string, string>;
  readonly #server: Server;
  readonly #browser: Browser;

  private constructor(files: ReadonlyMap<string, string>, browser: Browser) {
    this.#files = files;
    this.#browser = browser;
    this.#server = createServer((request, response) => void this.#respond(request, response));
  }

  static async open(): Promise<BrowserStage> {
    const entryPoints = [...scriptNames.map((name) => `${views}browser/${name}.ts`), views + styleEntry];
    const [{ outputFiles }, executablePath] = await Promise.all([
      build({ entryPoints, bundle: true, format: "esm", target: "es2022", write: false, outdir: "/", entryNames: "[name]", logLevel: "silent" }),
      chromium.executablePath(),
    ]);
    const browser = await playwright.launch({ executablePath, args: ["--no-sandbox", "--headless=new"] });
    const stage = new BrowserStage(new Map(outputFiles.map(({ path, text }) => [path, text])), browser);
    await new Promise<void>((resolve) => stage.#server.listen(0, "localhost", resolve));
    return stage;
  }

  get origin(): string {
    const address = this.#server.address();
    return `http://localhost:${typeof address === "object" ? address?.port : ""}`;
  }

  /** A fresh page with an authenticator of its own, which says yes to everything. */
  async newPage(): Promise<Page> {
    const page = await (await this.#browser.newContext()).newPage();
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) this.complaints.push(message.text());
    });
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } as const;
    await session.send("WebAuthn.addVirtualAuthenticator", { options });
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const call = `${request.method} ${(request.url ?? "").split("?")[0]}`;
    const { status, type, text } = await this.#answer(call, Buffer.concat(chunks).toString(), request.headers);
    response.writeHead(status, { "content-type": type, "content-security-policy": policy });
    response.end(text);
  }

  async #answer(call: string, body: string, headers: NodeJS.Dict<string | string[]>): Promise<{ status: number; type: string; text: string }> {
    const file = this.#files.get(call.replace("GET ", ""));
    if (file !== undefined) return { status: 200, type: call.endsWith(".css") ? "text/css" : "text/javascript", text: file };
    const answer = (await this.handlers.get(call)?.(body === "" ? {} : (JSON.parse(body) as Json), headers)) ?? refusal(404, "not_found");
    if ("json" in answer) return { status: answer.status, type: "application/json", text: JSON.stringify(answer.json) };
    return { status: 200, type: "text/html; charset=utf-8", text: render(answer) };
  }
}
