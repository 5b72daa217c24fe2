import { Client, type ClientBase, type CustomTypesConfig, Pool, types } from "pg";

/** Milliseconds: no node holds up the others for longer, whatever became of it or of the network. */
const limits = {
  statement_timeout: 10_000,
  query_timeout: 12_000,
  idle_in_transaction_session_timeout: 12_000,
} as const;

// Numbers of 64 bits, which the driver gives as text: none of ours is beyond what a number holds (2^53).
const numbers: CustomTypesConfig = {
  getTypeParser: (id, format) => (id === types.builtins.INT8 ? Number : types.getTypeParser(id, format)),
};

const common = { connectionTimeoutMillis: 5000, keepAlive: true, application_name: "jpki-bridge", types: numbers } as const;

/**
 * Whatever is usual on the server: the data model's adapter leaves out the zone that a time is written
 * with, and whoever has waited for a lock reads what was written until then.
 */
const prepare = async (client: ClientBase): Promise<void> => void (await client.query("SET TIME ZONE 'UTC'; SET default_transaction_isolation = 'read committed'"));

/** The connections of a process. One that breaks while nobody uses it is replaced by the next that is asked for. */
export function openPool(url: string, size: number): Pool {
  const pool = new Pool({ connectionString: url, ...common, ...limits, max: size, onConnect: prepare });
  pool.on("error", () => undefined);
  // While it is in use the pool hears nothing of it, and an error that nobody hears ends the process. Whatever is asked of it fails by itself.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

/**
 * Runs `work` in one transaction without limits of time: all of it, or nothing. The pool that it is given
 * has this one connection alone, which is never replaced, so that everything asked of it is part of the
 * transaction.
 */
export async function inOneTransaction<Result>(url: string, work: (pool: Pool) => Promise<Result>): Promise<Result> {
  let connected = false;
  const onConnect = async (client: ClientBase): Promise<void> => {
    if (connected) throw new Error("the connection broke: nothing was written");
    connected = true;
    await prepare(client);
  };
  const pool = new Pool({ connectionString: url, ...common, max: 1, idleTimeoutMillis: 0, onConnect });
  pool.on("error", () => undefined);
  try {
    await pool.query("BEGIN");
    const result = await work(pool);
    await pool.query("COMMIT");
    return result;
  } finally {
    // Before it was committed, this takes all back.
    await pool.end();
  }
}

/** Runs `work` on one connection without limits of time, closed afterwards. */
export async function withConnection<Result>(url: string, work: (client: ClientBase) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url, ...common });
  // Whatever is asked of a broken connection fails by itself.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await prepare(client);
    return await work(client);
  } finally {
    await client.end();
  }
}
