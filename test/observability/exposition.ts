/** One series of Prometheus' text format. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus' text format strictly: a line that is none of it fails. */
export function seriesIn(text: string): Series[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("# ")).map((line) => {
    const match = /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>[^}]*)\})? (?<value>\S+)$/u.exec(line);
    if (match?.groups === undefined) throw new Error(`not a sample: ${line}`);
    const labels = [...(match.groups["labels"] ?? "").matchAll(/(?<label>\w+)="(?<value>[^"]*)"/gu)].map(({ groups }) => [groups?.["label"] ?? "", groups?.["value"] ?? ""]);
    return { name: match.groups["name"] ?? "", labels: Object.fromEntries(labels) as Record<string, string>, value: Number(match.groups["value"]) };
  });
}

/** The sum of a metric's series that have these labels. */
export function sumOf(series: readonly Series[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  return series.filter((each) => each.name === name && Object.entries(labels).every(([label, value]) => each.labels[label] === value)).reduce((sum, { value }) => sum + value, 0);
}
