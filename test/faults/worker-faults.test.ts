import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { afterTest } from "../storage/temporary.ts";
import { until } from "../signals/delivery-rig.ts";
import { nodePlace, type NodeProcess, startNode } from "./node-process.ts";
import { linux, processorSeconds, workersOf } from "./worker-processes.ts";

/** What one worker has too much of, or cannot do, is not the others' end. */

function connections(node: NodeProcess, count: number): Socket[] {
  const { hostname, port } = new URL(node.origin);
  return Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname).on("error", () => undefined).resume();
    afterTest(() => void socket.destroy());
    return socket;
  });
}

describe.skipIf(!linux)("with workers (where there is /proc)", () => {
  test("connections over the limit are closed, and cost nothing: they are not handed on and on", async () => {
    const node = await startNode(nodePlace({ limits: { connections: 10, connections_per_address: 1000 } }), "--workers", "2");
    const all = connections(node, 30);
    const open = (): number => all.filter(({ destroyed }) => !destroyed).length;
    // Which worker has how many is left to chance.
    await until(async () => open() <= 20, 15_000);
    const processes = [node.child.pid ?? 0, ...workersOf(node)];
    const before = processes.map(processorSeconds);
    await setTimeout(1000);
    expect(open()).toBeGreaterThanOrEqual(10);
    expect(Math.max(...processes.map((id, index) => processorSeconds(id) - (before[index] ?? 0)))).toBeLessThan(0.5);
  });
});
