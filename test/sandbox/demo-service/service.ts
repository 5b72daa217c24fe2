/** The demo service beside a provider, both on loopback. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createDemoService, type DemoService } from "../../../src/sandbox/demo-service/demo-service.ts";
import { freePort, startProvider, type TestProvider } from "./provider.ts";

export interface World {
  readonly origin: string;
  readonly issuer: string;
  readonly service: DemoService;
  /** Starts the provider: it is down at first. */
  startProvider(): Promise<TestProvider>;
  close(): Promise<void>;
}

export async function startService(): Promise<World> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const issuer = `http://localhost:${await freePort()}`;
  const directory = await mkdtemp(path.join(tmpdir(), "demo-service-"));
  const service = await createDemoService({ port, issuer, origin, directory, allowInsecure: true });
  await service.listen();
  let provider: TestProvider | undefined;
  return {
    origin,
    issuer,
    service,
    startProvider: async () => (provider = await startProvider(issuer, service)),
    close: async () => {
      await service.close();
      await provider?.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
