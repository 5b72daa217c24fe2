/**
 * Advisory locks that all nodes of one PostgreSQL database share, each held to the end of a transaction.
 * Any numbers do, as long as they stay the same: the first octets spell "jpki".
 * Taken in this order where one transaction takes two, so that no two wait for each other.
 */
export const locks = {
  /** Migrations: one node applies them. */
  migration: 0x6a70_6b69_01,
  /** Transactions over the data model: one at a time, as on SQLite, so that what one has read stays true until it has written. */
  writer: 0x6a70_6b69_02,
  /** The end of the chain of receipts. */
  receipts: 0x6a70_6b69_03,
} as const;
