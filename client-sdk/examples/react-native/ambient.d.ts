/** As much of React Native's types as App.tsx uses, so that it is checked where React Native is not installed. An app has the real ones: delete this. */

declare module "react" {
  export function useEffect(effect: () => (() => void) | undefined | void, dependencies: readonly unknown[]): void;
  export function useState<State>(initial: State): [State, (next: State) => void];
}

declare module "react/jsx-runtime" {
  export namespace JSX {
    interface Element {
      readonly type: unknown;
    }
    interface ElementChildrenAttribute {
      children: unknown;
    }
  }
  export const Fragment: (props: { readonly children?: unknown }) => JSX.Element;
}

declare module "react-native" {
  import type { JSX } from "react/jsx-runtime";

  type Component<Props> = (props: Props) => JSX.Element;
  export const Button: Component<{ readonly title: string; readonly onPress: () => void }>;
  export const SafeAreaView: Component<{ readonly children?: unknown }>;
  export const Text: Component<{ readonly children?: unknown }>;
  export const TextInput: Component<{
    readonly value: string;
    readonly onChangeText: (text: string) => void;
    readonly secureTextEntry: boolean;
    readonly keyboardType: "number-pad";
    readonly autoComplete: "off";
  }>;
  export const Linking: {
    getInitialURL(): Promise<string | null>;
    addEventListener(event: "url", listener: (event: { readonly url: string }) => void): { remove(): void };
    openURL(url: string): Promise<unknown>;
  };
  export const NativeModules: { readonly JpkiCard: { post(message: string): void } };
  export class NativeEventEmitter {
    constructor(module: object);
    addListener(event: string, listener: (message: string) => void): { remove(): void };
  }
}

declare module "expo-secure-store" {
  export function getItemAsync(key: string): Promise<string | null>;
  export function setItemAsync(key: string, value: string): Promise<void>;
  export function deleteItemAsync(key: string): Promise<void>;
}
