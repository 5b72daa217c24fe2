import { Agent, request } from "node:http";

/** The least HTTP client that a sign-in needs, so that the load costs little beside what is measured. */
export interface Reply {
  readonly status: number;
  readonly location: string | undefined;
  readonly cookies: readonly string[];
  readonly body: string;
}

export const agent = new Agent({ keepAlive: true, maxSockets: 64 });

export function send(method: "GET" | "POST", url: string, headers: Record<string, string> = {}, body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers: body === undefined ? headers : { ...headers, "content-length": String(Buffer.byteLength(body)) } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          location: response.headers.location,
          cookies: response.headers["set-cookie"] ?? [],
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Cookies of one browser at one origin, paths ignored: the servers under test use names of their own. */
export class Jar {
  readonly #cookies = new Map<string, string>();

  take({ cookies }: Reply): void {
    for (const line of cookies) {
      const [pair = ""] = line.split(";", 1);
      const separator = pair.indexOf("=");
      this.#cookies.set(pair.slice(0, separator), pair.slice(separator + 1));
    }
  }

  get header(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}
