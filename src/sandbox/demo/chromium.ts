import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";

const installed = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const quiet = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];

/** Starts a real Chromium: the machine's, else the one that comes as an npm package. */
export async function launchChromium(): Promise<Browser> {
  const { chromium: playwright } = await import("playwright-core");
  const system = installed.find((file) => existsSync(file));
  if (system !== undefined) return playwright.launch({ executablePath: system, args: quiet });
  const { default: packaged } = await import("@sparticuz/chromium");
  const executablePath = await packaged.executablePath();
  try {
    return await playwright.launch({ executablePath, args: quiet });
  } catch {
    // A bare machine lacks the libraries that it links to; the package brings those too.
    return playwright.launch({ executablePath, args: quiet, env: { ...process.env, LD_LIBRARY_PATH: await packagedLibraries() } });
  }
}

async function packagedLibraries(): Promise<string> {
  const { inflate } = await import("@sparticuz/chromium");
  const entry = fileURLToPath(import.meta.resolve("@sparticuz/chromium"));
  const root = entry.slice(0, entry.lastIndexOf(`${path.sep}build${path.sep}`));
  return path.join(await inflate(path.join(root, "bin/al2023.tar.br")), "lib");
}

/** What a virtual authenticator is like (Chrome DevTools Protocol, WebAuthn). */
export interface VirtualAuthenticatorKind {
  /** Synced passkeys are backup eligible and backed up. */
  readonly synced: boolean;
}

/** A virtual authenticator of one page's browser context: it verifies its user by itself. */
export class VirtualAuthenticator {
  readonly #session: CDPSession;
  readonly #id: string;

  private constructor(session: CDPSession, id: string) {
    this.#session = session;
    this.#id = id;
  }

  static async attach(page: Page, { synced }: VirtualAuthenticatorKind = { synced: true }): Promise<VirtualAuthenticator> {
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable", { enableUI: false });
    const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2", ctap2Version: "ctap2_1", transport: "internal",
        hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
        defaultBackupEligibility: synced, defaultBackupState: synced,
      },
    });
    return new VirtualAuthenticator(session, authenticatorId);
  }

  /** Takes the passkeys to another page's authenticator, as a person takes the phone along. */
  async copyTo(other: VirtualAuthenticator): Promise<void> {
    const { credentials } = await this.#session.send("WebAuthn.getCredentials", { authenticatorId: this.#id });
    for (const credential of credentials) await other.#session.send("WebAuthn.addCredential", { authenticatorId: other.#id, credential });
  }

  /** Another person's passkeys take the place of these. */
  async replaceBy(other: VirtualAuthenticator): Promise<void> {
    await this.#session.send("WebAuthn.clearCredentials", { authenticatorId: this.#id });
    await other.copyTo(this);
  }

  /** base64url. */
  async credentialIds(): Promise<string[]> {
    const { credentials } = await this.#session.send("WebAuthn.getCredentials", { authenticatorId: this.#id });
    return credentials.map(({ credentialId }) => Buffer.from(credentialId, "base64").toString("base64url"));
  }
}

/**
 * A virtual authenticator answers the browser's autofill at once, before anybody could press a
 * button. This leaves the button as the only way.
 */
export async function withoutAutofill(page: Page): Promise<void> {
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
}

export type { Browser, BrowserContext, Page };
