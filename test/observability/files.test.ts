import { parse } from "yaml";
import { describe, expect, test } from "vitest";
import { createMetrics } from "../../src/observability/metrics.ts";
import { readMetrics, toldMetrics } from "../../src/observability/index.ts";
import { readDocument, tableUnder } from "../docs/markdown.ts";

interface Alert { readonly alert: string; readonly expr: string; readonly labels: Readonly<Record<string, string>>; readonly annotations: { readonly summary: string } }
interface Target { readonly expr: string; readonly legendFormat: string }
interface Panel { readonly id: number; readonly type: string; readonly title: string; readonly targets?: readonly Target[] }

const alerts = (parse(readDocument("deploy/alerts.yaml")) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
const dashboard = JSON.parse(readDocument("deploy/grafana-dashboard.json")) as { uid: string; schemaVersion: number; panels: Panel[]; templating: { list: { name: string }[] } };
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ where: `${title}: ${target.legendFormat}`, ...target })));
const catalogue = { ...toldMetrics, ...readMetrics };
const document = readDocument("docs/observability.md");

const expressions = [
  ...alerts.map(({ alert, expr }) => ({ where: alert, expr })),
  ...queries,
];

/** Words of PromQL that stand in our expressions and are no metrics. */
const words = new Set(["sum", "min", "max", "count", "by", "rate", "increase", "changes", "absent", "histogram_quantile", "topk", "time", "offset", "and", "or"]);

/** Metrics that an expression names, and the labels that it matches or groups by. */
function namesIn(expr: string): { metrics: string[]; labels: string[] } {
  const labels = [...expr.matchAll(/\{(?<matchers>[^}]*)\}/gu)].flatMap(({ groups }) => [...(groups?.["matchers"] ?? "").matchAll(/(?<label>\w+)\s*[=!]/gu)].map((match) => match.groups?.["label"] ?? ""));
  const grouped = [...expr.matchAll(/by \((?<list>[^)]*)\)/gu)].flatMap(({ groups }) => (groups?.["list"] ?? "").split(/, ?/u));
  const rest = expr.replace(/\{[^}]*\}|by \([^)]*\)|\[[^\]]*\]|\b\d[\w.]*/gu, " ");
  return { metrics: (rest.match(/[a-z_][a-z_0-9]*/gu) ?? []).filter((word) => !words.has(word)), labels: [...labels, ...grouped] };
}

const text = await createMetrics(async () => []).text();
/** Every metric that is exposed, with its type; `up` is Prometheus' own. */
const types = new Map([["up", "gauge"], ...[...text.matchAll(/^# TYPE (?<name>\w+) (?<type>\w+)$/gmu)].map(({ groups }) => [groups?.["name"] ?? "", groups?.["type"] ?? ""] as const)]);

/** Whether brackets close in the order in which they open, and quotes at all: what a slip of the pen breaks. */
function isBalanced(expr: string): boolean {
  const open: string[] = [];
  const closing: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const character of expr.replace(/"[^"]*"/gu, "")) {
    if ("([{".includes(character)) open.push(character);
    else if (character in closing && open.pop() !== closing[character]) return false;
    else if (character === '"') return false;
  }
  return open.length === 0;
}

describe("alerts and dashboard", () => {
  test("there are some", () => {
    expect(alerts.length).toBeGreaterThan(20);
    expect(queries.length).toBeGreaterThan(40);
  });

  test.each(expressions)("$where: names metrics that there are, by labels that they have", ({ expr }) => {
    const { metrics, labels } = namesIn(expr);
    expect(isBalanced(expr)).toBe(true);
    expect(metrics).not.toEqual([]);
    for (const metric of metrics) {
      const base = metric.replace(/_(bucket|count)$/u, "");
      expect([...types.keys()]).toContain(metric === base || types.get(base) !== "histogram" ? metric : base);
    }
    const known = ["instance", "job", "le", ...metrics.flatMap((metric) => [...(catalogue[metric.replace(/_(bucket|count)$/u, "") as keyof typeof catalogue]?.labels ?? [])])];
    expect(labels.filter((label) => !known.includes(label))).toEqual([]);
  });

  test.each(expressions)("$where: counters by their rate, histograms by their buckets", ({ expr }) => {
    for (const metric of namesIn(expr).metrics) {
      if (types.get(metric) === "counter") expect(expr).toMatch(new RegExp(`(rate|increase)\\(${metric}(\\{[^}]*\\})?\\[`, "u"));
      if (metric.endsWith("_bucket")) expect(expr).toMatch(/histogram_quantile\(0\.\d+, sum by \(le/u);
    }
  });

  test.each([
    ["a metric of another program", "sum(rate(http_requests_total[5m]))", ["http_requests_total"]],
    ["one of ours", 'sum by (code) (rate(jpki_bridge_refusals_total{code="x"}[5m])) > 3 * time()', ["jpki_bridge_refusals_total"]],
  ])("the reader of expressions sees %s", (_name, expr, metrics) => {
    expect(namesIn(expr).metrics).toEqual(metrics);
  });

  test.each([["(a", false], ["a)", false], ["a[5m)]", false], ['a{b="c}', false], ['sum(a{b="}"}[5m])', true]])("%s is balanced: %s", (expr, balanced) => {
    expect(isBalanced(expr)).toBe(balanced);
  });

  test("every alert has its severity, its sentence and its row in the document", () => {
    const documented = tableUnder(document, "## Alerts").flatMap(([names = ""]) => [...names.matchAll(/`(?<name>\w+)`/gu)].map(({ groups }) => groups?.["name"]));
    expect(documented.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
    for (const { labels, annotations } of alerts) expect([["page", "warn"].includes(labels["severity"] ?? ""), annotations.summary.length > 10]).toEqual([true, true]);
  });

  test("every metric of ours is on the dashboard", () => {
    const shown = new Set(queries.flatMap(({ expr }) => namesIn(expr).metrics.map((metric) => metric.replace(/_bucket$/u, ""))));
    expect(Object.keys(catalogue).filter((name) => !shown.has(name))).toEqual([]);
  });

  test("the dashboard can be imported: one data source to choose, panels with ids of their own", () => {
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["datasource", "instance"]);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(JSON.stringify(dashboard)).not.toMatch(/"uid":"(?!\$\{datasource\}|jpki-bridge")/u);
  });
});

describe("docs/observability.md", () => {
  test("has every metric with its type, labels and meaning", () => {
    const rows = Object.entries(catalogue).map(([name, { type, labels, help }]) => [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(", "), help]);
    expect(tableUnder(document, "## Metrics")).toEqual(rows);
  });
});
