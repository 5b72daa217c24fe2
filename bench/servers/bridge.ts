/** The bridge as it runs in production (SQLite on disk, durable writes), beside the J-LIS stand-in. */
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import { startWorld } from "../../test/support/world.ts";

const world = await startWorld((file) => ({ ...file, log: "silent", status: { ...file.status, good_cache: 300, refresh: 300 } }));
const metadata = metadataOf({ clientId: "bench", name: "Bench", redirectUris: ["https://rp.example/callback"], authentication: "client_secret_basic", refreshTokens: false });
const { secret } = await addRelyingParty(world.bridge.storage, orThrow(metadata), world.now());
process.once("SIGTERM", () => void world.close().then(() => process.exit(0)));
process.send?.({ issuer: world.issuer, clientId: "bench", clientSecret: secret, phoneOrigin: world.jlis.origin });
