import { describe, expect, test } from "vitest";
import { JpkiApplet, SoftwareSecureElement } from "../src/index.ts";
import type { ApprovalFlow, ApprovalState } from "../src/approval/index.ts";
import { checkMessageBridgeHost, MessageBridgeTransport, serveMessageBridge, type MessagePort } from "../src/transports/message-bridge.ts";
import { resumeApproval, startApproval, type AppParts, type SecureStorage } from "../examples/react-native/approval.ts";
import { messageEvent, nativeCardPort } from "../examples/react-native/native-card-port.ts";
import { EnrolmentServer } from "./support/enrolment-server.ts";
import { imageOf, newKeyPair } from "./support/fixtures.ts";
import { linkedPorts } from "./support/linked-ports.ts";
import { RemovableCard } from "./support/removable-card.ts";

const { privateJwk, publicKey } = await newKeyPair();

/** What React Native gives an app for its native module; behind it the reference host and a card. */
function nativeSide(): { readonly port: MessagePort; readonly card: RemovableCard; readonly listeners: () => number } {
  const [native, host] = linkedPorts();
  const card = new RemovableCard(new SoftwareSecureElement(imageOf(privateJwk)));
  serveMessageBridge(host, card);
  const listeners = new Set<() => void>();
  const emitter = {
    addListener: (event: string, listener: (message: string) => void) => {
      expect(event).toBe(messageEvent);
      const end = native.onMessage(listener);
      listeners.add(end);
      return {
        remove: () => {
          listeners.delete(end);
          end();
        },
      };
    },
  };
  return { port: nativeCardPort({ post: (message) => native.post(message) }, emitter), card, listeners: () => listeners.size };
}

class MemoryStorage implements SecureStorage {
  text: string | null = null;

  async read(): Promise<string | null> {
    return this.text;
  }

  async write(text: string): Promise<void> {
    this.text = text;
  }

  async remove(): Promise<void> {
    this.text = null;
  }
}

async function untilStep<Step extends ApprovalState["step"]>(flow: ApprovalFlow, step: Step): Promise<Extract<ApprovalState, { step: Step }>> {
  const isThere = (state: ApprovalState): state is Extract<ApprovalState, { step: Step }> => state.step === step;
  return new Promise((resolve) => {
    const look = (state: ApprovalState): void => void (isThere(state) && resolve(state));
    flow.subscribe(look);
    look(flow.state);
  });
}

describe("the bridge of the React Native skeleton", () => {
  test("carries everything that the conformance tests of a host send and hear", async () => {
    const { port, card } = nativeSide();
    const rows = await checkMessageBridgeHost(port, { authenticationPin: "1234", patience: 200, card });
    expect(rows.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });

  test("stops listening when the transport is closed", async () => {
    const { port, listeners } = nativeSide();
    const transport = new MessageBridgeTransport(port);
    const applet = await JpkiApplet.select(transport);
    expect(await applet.triesLeft("authentication")).toBe(3);
    expect(listeners()).toBe(1);
    await transport.close();
    expect(listeners()).toBe(0);
  });
});

describe("the approval of the React Native skeleton", () => {
  async function withServer(run: (server: EnrolmentServer, parts: AppParts & { readonly storage: MemoryStorage }) => Promise<void>): Promise<void> {
    const server = await EnrolmentServer.start({ publicKey, device: "other" });
    try {
      await run(server, { port: nativeSide().port, storage: new MemoryStorage(), issuers: [server.issuer] });
    } finally {
      server.close();
    }
  }

  test("goes from the link to the end; then nothing is kept", async () => {
    await withServer(async (server, parts) => {
      const flow = await startApproval(server.link, parts);
      await untilStep(flow, "consent");
      await flow.agree();
      await flow.enterNumber("42");
      await flow.enterPin(new TextEncoder().encode("1234"));
      await flow.continueInBrowser();
      await flow.confirm("123456");
      expect(flow.state).toEqual({ step: "completed", outcome: { next: "done" } });
      await expect.poll(() => parts.storage.text).toBeNull();
      expect(await resumeApproval(parts)).toBeNull();
    });
  });

  test("goes on after the app was restarted, with nothing but what was kept", async () => {
    await withServer(async (server, parts) => {
      const before = await startApproval(server.link, parts);
      await untilStep(before, "consent");
      await before.agree();
      await before.enterNumber("42");
      await expect.poll(() => parts.storage.text).toContain('"stated"');
      expect(parts.storage.text).not.toContain("1234");

      const after = await resumeApproval({ ...parts, port: nativeSide().port });
      if (after === null) throw new Error("nothing was kept");
      await untilStep(after, "approval");
      await after.enterPin(new TextEncoder().encode("1234"));
      expect(after.state).toMatchObject({ step: "passkey" });
      expect(server.steps.filter((step) => step === "claim")).toHaveLength(1);
    });
  });

  test("an app that cannot keep anything goes on all the same", async () => {
    await withServer(async (server, parts) => {
      const storage = { ...parts.storage, read: async () => null, remove: async () => undefined, write: async () => Promise.reject(new Error("locked")) };
      const flow = await startApproval(server.link, { ...parts, storage });
      await untilStep(flow, "consent");
      await flow.agree();
      expect(flow.state.step).toBe("number");
    });
  });
});
