import type { World } from "../support/world.ts";

/** The bridge forgets everybody, so that what comes next begins with nobody. */
export async function forgetEverybody({ bridge }: World): Promise<void> {
  await bridge.storage.transaction(async ({ data }) => {
    await data.passkey.deleteMany();
    await data.evidence.deleteMany();
    await data.person.deleteMany();
  });
}
