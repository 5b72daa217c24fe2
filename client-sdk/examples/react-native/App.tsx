import { useEffect, useState } from "react";
import { Button, Linking, NativeEventEmitter, NativeModules, SafeAreaView, Text, TextInput } from "react-native";
import * as SecureStore from "expo-secure-store";
import type { ApprovalFlow, ApprovalState } from "@jpki-bridge/client-sdk/approval";
import { resumeApproval, startApproval, type AppParts, type SecureStorage } from "./approval";
import { nativeCardPort } from "./native-card-port";

const entry = "jpki-enrolment";
const storage: SecureStorage = {
  read: () => SecureStore.getItemAsync(entry),
  write: (text) => SecureStore.setItemAsync(entry, text),
  remove: () => SecureStore.deleteItemAsync(entry),
};
const parts: AppParts = {
  port: nativeCardPort(NativeModules.JpkiCard, new NativeEventEmitter(NativeModules.JpkiCard)),
  storage,
  issuers: ["https://bridge.example"],
};

export default function App() {
  const [flow, setFlow] = useState<ApprovalFlow | null>(null);
  const [state, setState] = useState<ApprovalState | null>(null);

  useEffect(() => {
    const use = (next: ApprovalFlow | null): void => setFlow(next);
    void Linking.getInitialURL().then(async (url) => use(await (url === null ? resumeApproval(parts) : startApproval(url, parts))));
    const opened = Linking.addEventListener("url", ({ url }) => void startApproval(url, parts).then(use));
    return () => opened.remove();
  }, []);

  useEffect(() => {
    setState(flow?.state ?? null);
    return flow?.subscribe(setState);
  }, [flow]);

  if (flow === null || state === null) return <SafeAreaView><Text>Open a link.</Text></SafeAreaView>;
  return (
    <SafeAreaView>
      {"request" in state && state.request !== null && <Text>{`${state.request.client_name} (${state.request.client_host}): ${state.request.purpose}`}</Text>}
      {"problem" in state && state.problem !== null && <Text>{state.problem}</Text>}
      <Step flow={flow} state={state} />
      {state.step !== "completed" && state.step !== "cancelled" && <Button title="Cancel" onPress={() => void flow.cancel()} />}
    </SafeAreaView>
  );
}

/** What there is to do now. */
function Step({ flow, state }: { readonly flow: ApprovalFlow; readonly state: ApprovalState }) {
  switch (state.step) {
    case "working":
      return <Text>{state.progress === "reading_card" || state.progress === "signing" ? "Hold the card to the phone." : "One moment."}</Text>;
    case "consent":
      return <Button title="Go on" onPress={() => void flow.agree()} />;
    case "number":
      return <Answer label="The two digits in the browser" onAnswer={(number) => void flow.enterNumber(number)} />;
    case "approval":
      return <Answer secret label={state.lastTry ? "PIN: the last try" : "PIN"} onAnswer={(pin) => void flow.enterPin(new TextEncoder().encode(pin), { spendLastTry: state.lastTry })} />;
    case "pin_blocked":
      return <Button title="Use another card" onPress={() => void flow.useAnother()} />;
    case "passkey":
      return <Button title="Make a passkey" onPress={() => void flow.continueInBrowser()} />;
    case "confirmation":
      return (
        <>
          <Button title="Open the browser" onPress={() => void Linking.openURL(state.continuation.url)} />
          <Answer label="The six digits shown there" onAnswer={(number) => void flow.confirm(number)} />
        </>
      );
    case "failed":
      return state.retry ? <Button title="Try again" onPress={() => void flow.retry()} /> : <Text>{state.description ?? state.code}</Text>;
    case "completed":
      return <Finish url={state.outcome.next === "return" ? state.outcome.return_url : null} />;
    default:
      return <Text>Cancelled.</Text>;
  }
}

function Answer({ label, secret = false, onAnswer }: { readonly label: string; readonly secret?: boolean; readonly onAnswer: (answer: string) => void }) {
  const [answer, setAnswer] = useState("");
  const send = (): void => {
    setAnswer("");
    onAnswer(answer);
  };
  return (
    <>
      <Text>{label}</Text>
      <TextInput value={answer} onChangeText={setAnswer} secureTextEntry={secret} keyboardType="number-pad" autoComplete="off" />
      <Button title="Go on" onPress={send} />
    </>
  );
}

/** On this device the browser that began goes on by a link. */
function Finish({ url }: { readonly url: string | null }) {
  useEffect(() => {
    if (url !== null) void Linking.openURL(url);
  }, [url]);
  return <Text>Done. Go on in your browser.</Text>;
}
