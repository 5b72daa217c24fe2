import path from "node:path";
import { describe, expect, test } from "vitest";
import { checkConfiguration, ConfigurationError } from "../../src/config.ts";
import { complete, place } from "./place.ts";

const url = "postgresql://bridge:hunter2@db.example/bridge?sslmode=verify-full";
const other = "postgres://other@db.example/other";
type Row = readonly [name: string, database: object, environment: NodeJS.ProcessEnv, expected: (directory: string) => object];

const fine: readonly Row[] = [
  ["a file", { file: "data/bridge.db" }, {}, (directory) => ({ database: { file: path.join(directory, "data/bridge.db") }, dataDirectory: path.join(directory, "data") })],
  ["a file, and a directory of its own", { file: "bridge.db", data_directory: "beside" }, {}, (directory) => ({ database: { file: path.join(directory, "bridge.db") }, dataDirectory: path.join(directory, "beside") })],
  ["an address", { url, data_directory: "beside" }, {}, (directory) => ({ database: { url, poolSize: 10 }, dataDirectory: path.join(directory, "beside") })],
  ["an address with such signs, encoded", { url: "postgresql://a:p%40%2F%3F%23@db.example/b", data_directory: "/beside" }, {}, () => ({ database: { url: "postgresql://a:p%40%2F%3F%23@db.example/b" } })],
  ["an address of a socket", { url: "postgresql:///b?host=/run/postgresql", data_directory: "/beside" }, {}, () => ({ database: { url: "postgresql:///b?host=/run/postgresql" } })],
  ["an address and a size", { url, data_directory: "/beside", pool: { size: 20 } }, {}, () => ({ database: { url, poolSize: 20 }, dataDirectory: "/beside" })],
  ["the environment over a file", { file: "data/bridge.db" }, { DATABASE_URL: other }, (directory) => ({ database: { url: other, poolSize: 10 }, dataDirectory: path.join(directory, "data") })],
  ["the environment over an address", { url, data_directory: "beside" }, { DATABASE_URL: other }, () => ({ database: { url: other, poolSize: 10 } })],
  ["the environment alone", { data_directory: "beside" }, { DATABASE_URL: other }, () => ({ database: { url: other, poolSize: 10 } })],
  ["an empty variable, which says nothing", { file: "bridge.db" }, { DATABASE_URL: "" }, (directory) => ({ database: { file: path.join(directory, "bridge.db") } })],
];

const refused: readonly (readonly [name: string, database: object, environment: NodeJS.ProcessEnv, expected: RegExp])[] = [
  ["neither", {}, {}, /^database: name either file or url$/],
  ["both", { file: "bridge.db", url }, {}, /^database: name either file or url$/],
  ["an address without a directory", { url }, {}, /^database\.data_directory: is missing/],
  ["the environment without a directory", {}, { DATABASE_URL: other }, /^database\.data_directory: is missing/],
  ["another engine", { url: "mysql://bridge:hunter2@db.example/bridge", data_directory: "x" }, {}, /^database\.url: must be an address like/],
  ["another engine in the environment", { file: "bridge.db" }, { DATABASE_URL: "file:hunter2.db" }, /^DATABASE_URL: must be an address like/],
  ...["a:p@hunter2/x@db.example/b", "a:1/hunter2@db.example/b", "a:p@hunter2?x@db.example/b", "a:1#hunter2@db.example/b", "a:p@hunter2@db.example/b", "db.example/b?user=a@hunter2"].map((rest) => [`an address that is cut elsewhere than it was meant (${rest})`, { url: `postgresql://${rest}`, data_directory: "x" }, {}, /percent-encoded$/] as const),
  ["no address", { url: "hunter2", data_directory: "x" }, {}, /^database\.url: must be an address like/],
  ["too few connections", { url, data_directory: "x", pool: { size: 2 } }, {}, /^database\.pool\.size: /],
];

describe("the database", () => {
  test.each(fine)("%s", (_name, database, environment, expected) => {
    const directory = place();
    expect(checkConfiguration({ ...complete(), database }, directory, "production", environment)).toMatchObject(expected(directory));
  });

  test.each(refused)("%s: refused, and nothing of an address is said", (_name, database, environment, expected) => {
    const check = (): unknown => checkConfiguration({ ...complete(), database }, place(), "production", environment);
    expect(check).toThrow(ConfigurationError);
    try {
      check();
    } catch (error) {
      const { problems } = error as ConfigurationError;
      expect(problems.length).toBe(1);
      expect(problems[0]).toMatch(expected);
      expect(problems.join()).not.toContain("hunter2");
    }
  });
});
