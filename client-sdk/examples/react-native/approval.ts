/** The approval of this app: which card, which bridge, and what is kept while the app is not running. */
import { DpopKey, JpkiApplet } from "@jpki-bridge/client-sdk";
import { ApprovalFlow, type ApprovalOptions } from "@jpki-bridge/client-sdk/approval";
import { MessageBridgeTransport, type MessagePort } from "@jpki-bridge/client-sdk/transports/message-bridge";

/** The platform's secure storage: Keychain, or storage under a key of the Keystore. */
export interface SecureStorage {
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
  remove(): Promise<void>;
}

export interface AppParts {
  readonly port: MessagePort;
  readonly storage: SecureStorage;
  readonly issuers: readonly string[];
}

/** Begins with a link that was opened; what was kept of another enrolment is dropped. */
export async function startApproval(link: string, parts: AppParts): Promise<ApprovalFlow> {
  await parts.storage.remove();
  // Only a key that may be exported can be kept as JSON.
  const key = await DpopKey.generate({ extractable: true });
  return kept(ApprovalFlow.start(link, { ...optionsOf(parts), key }), parts.storage);
}

/** Goes on with what was kept; `null` if there is nothing. */
export async function resumeApproval(parts: AppParts): Promise<ApprovalFlow | null> {
  const text = await parts.storage.read();
  return text === null ? null : kept(ApprovalFlow.resume(JSON.parse(text), optionsOf(parts)), parts.storage);
}

function optionsOf({ port, issuers }: AppParts): ApprovalOptions {
  const transport = new MessageBridgeTransport(port);
  return { issuers, medium: "card", connect: ({ signal }) => JpkiApplet.select(transport, { signal }) };
}

/** Each step is kept in turn, so that an older one never overwrites a newer one. */
function kept(flow: ApprovalFlow, storage: SecureStorage): ApprovalFlow {
  let turn = Promise.resolve();
  const keep = async (): Promise<void> => {
    const saved = await flow.save();
    await (saved === null ? storage.remove() : storage.write(JSON.stringify(saved)));
  };
  flow.subscribe(() => {
    // Without storage the enrolment goes on all the same: it then does not outlive the app.
    turn = turn.then(keep).catch(() => undefined);
  });
  return flow;
}
