/** No card can be made from what was asked for; the message says why, for whoever started the simulator. */
export class SimulatorRefusal extends Error {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = "SimulatorRefusal";
  }
}
