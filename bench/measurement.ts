/** One figure beside its baseline of the same run. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: { readonly name: string; readonly value: number };
  readonly ratio: number;
}

/** A figure and what it is held against, both rounded to hundredths. */
export const compare = (name: string, value: number, unit: string, baseline: string, base: number): Measurement => ({ name, value: round(value), unit, baseline: { name: baseline, value: round(base) }, ratio: round(value / base) });

const round = (value: number): number => Math.round(value * 100) / 100;
