import { vi } from "vitest";
import { JpkiApplet } from "../../src/applet/applet.ts";
import { ApprovalFlow, type ApprovalOptions, type ApprovalState } from "../../src/approval/index.ts";
import { DpopKey } from "../../src/enrolment/dpop.ts";
import type { SavedEnrolment } from "../../src/enrolment/saved-enrolment.ts";
import { SoftwareSecureElement } from "../../src/software/secure-element.ts";
import { EnrolmentServer, type ServerOptions } from "./enrolment-server.ts";
import { imageOf, type KeyPair } from "./fixtures.ts";

export const credential = { id: "id", rawId: "id", type: "public-key", response: { clientDataJSON: "e30", attestationObject: "oA" } };

type StateAt<Step extends ApprovalState["step"]> = Extract<ApprovalState, { readonly step: Step }>;

export interface RigOptions {
  readonly server?: Partial<ServerOptions>;
  readonly options?: Partial<ApprovalOptions>;
  readonly triesLeft?: number;
}

/** A bridge, an element, and a flow between them that is watched. */
export class ApprovalRig {
  readonly server: EnrolmentServer;
  readonly element: SoftwareSecureElement;
  readonly states: ApprovalState[] = [];
  readonly options: ApprovalOptions;
  flow: ApprovalFlow;

  private constructor(server: EnrolmentServer, element: SoftwareSecureElement, options: ApprovalOptions) {
    this.server = server;
    this.element = element;
    this.options = options;
    this.flow = this.#watch(ApprovalFlow.start(server.link, options));
  }

  static async start(pair: KeyPair, { server: behaviour = {}, options = {}, triesLeft = 3 }: RigOptions = {}): Promise<ApprovalRig> {
    const server = await EnrolmentServer.start({ publicKey: pair.publicKey, device: "other", ...behaviour });
    const element = new SoftwareSecureElement(imageOf(pair.privateJwk, { authentication: { triesLeft } }));
    return new ApprovalRig(server, element, {
      issuers: [server.issuer],
      key: await DpopKey.generate({ extractable: true }),
      medium: "smartphone",
      connect: async ({ signal }) => JpkiApplet.select(element, { signal }),
      createCredential: async () => credential,
      ...options,
    });
  }

  /** The state once the flow has come to this step. */
  async at<Step extends ApprovalState["step"]>(step: Step): Promise<StateAt<Step>> {
    return vi.waitFor(() => {
      const { state } = this.flow;
      if (state.step !== step) throw new Error(`at ${JSON.stringify(state)} instead of ${step}`);
      return state as StateAt<Step>;
    });
  }

  /** Goes on by right answers until this step. */
  async goTo<Step extends ApprovalState["step"]>(step: Step): Promise<StateAt<Step>> {
    for (;;) {
      const { state } = this.flow;
      if (state.step === step) return state as StateAt<Step>;
      if (state.step === "consent") await this.flow.agree();
      else if (state.step === "number") await this.flow.enterNumber("42");
      else if (state.step === "approval") await this.flow.enterPin(new TextEncoder().encode("1234"));
      else if (state.step === "passkey") await (step === "confirmation" ? this.flow.continueInBrowser() : this.flow.createPasskey());
      else if (state.step === "confirmation") await this.flow.confirm("123456");
      else if (state.step === "working") await vi.waitFor(() => this.#refuseWork());
      else throw new Error(`ended at ${JSON.stringify(state)} instead of ${step}`);
    }
  }

  /** The app's process ends, and begins anew with what was saved. */
  restart(saved: SavedEnrolment): void {
    this.flow = this.#watch(ApprovalFlow.resume(JSON.parse(JSON.stringify(saved)), { ...this.options, key: undefined }));
  }

  #watch(flow: ApprovalFlow): ApprovalFlow {
    flow.subscribe((state) => this.states.push(state));
    return flow;
  }

  #refuseWork(): void {
    if (this.flow.state.step === "working") throw new Error("working");
  }
}
