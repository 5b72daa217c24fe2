import { type OutgoingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";
import { buffer } from "node:stream/consumers";
import { afterTest } from "../storage/temporary.ts";
import type { Identity } from "../support/mutual-tls.ts";
import type { Nginx } from "./nginx-process.ts";

/** What somebody outside asks a proxy. */
export interface Asked {
  /** Whom the request is for. */
  readonly host?: string;
  /** For whom TLS is spoken, where that is somebody else. */
  readonly serverName?: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** The address it comes from. */
  readonly from?: string;
  /** Who shows a certificate. */
  readonly client?: Identity;
}

export interface Answered {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export const form = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };

/** Asks at a proxy, each with a connection of its own; kept alive where `keptAlive` says how many. Rejects when the connection breaks off. */
export function askerAt({ port, certificate }: Nginx, keptAlive = 0): (asked: Asked) => Promise<Answered> {
  const agent = keptAlive > 0 && new Agent({ keepAlive: true, maxSockets: keptAlive });
  afterTest(() => void (agent !== false && agent.destroy()));
  return ({ host = "login.example.jp", serverName = host, method = "GET", path, headers = {}, body, from = "127.0.0.1", client }) =>
    new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port, servername: serverName, ca: certificate, localAddress: from, method, path, agent, headers: { host, ...headers }, ...(client !== undefined && { cert: client.cert, key: client.key }) };
      const sent = request(options, (answer) => void buffer(answer).then((octets) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: octets.toString() }), reject));
      sent.once("error", reject);
      sent.end(body);
    });
}
