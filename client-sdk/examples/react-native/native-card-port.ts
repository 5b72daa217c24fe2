import type { MessagePort } from "@jpki-bridge/client-sdk/transports/message-bridge";

/** The app's native module: takes messages of docs/message-bridge.md as they are. */
export interface NativeCardModule {
  post(message: string): void;
}

/** What `NativeEventEmitter` of React Native is used for here. */
export interface MessageEmitter {
  addListener(event: string, listener: (message: string) => void): { remove(): void };
}

/** The event by which the native module sends its messages. */
export const messageEvent = "JpkiCardMessage";

/** The bridge between JavaScript and the native module, as the SDK's transport takes it. */
export function nativeCardPort(module: NativeCardModule, emitter: MessageEmitter): MessagePort {
  return {
    post: (message) => module.post(message),
    onMessage: (listener) => {
      const subscription = emitter.addListener(messageEvent, listener);
      return () => subscription.remove();
    },
  };
}
