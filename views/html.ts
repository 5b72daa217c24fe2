/**
 * HTML as a value. Everything interpolated is escaped; only another {@link Html} passes through, and
 * the only way to make one from a string is the template itself or {@link trusted}.
 */

const secret = Symbol("html");

/** A finished piece of HTML. Data from outside can never look like one: it has no access to the brand. */
export class Html {
  readonly #text: string;

  constructor(key: typeof secret, text: string) {
    if (key !== secret) throw new TypeError("Html is made by the html template");
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template: `null`, `undefined` and `false` render nothing. */
export type Renderable = Html | string | number | null | undefined | false | readonly Renderable[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/** Text made safe for element content and for quoted attribute values. */
export function escape(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => entities[character] ?? character);
}

function toText(value: Renderable): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(toText).join("");
  return escape(String(value));
}

/** A template whose every interpolation is escaped. Attribute values must stand in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Renderable[]): Html {
  const text = parts.reduce((written, part, index) => written + toText(values[index - 1]) + part);
  return new Html(secret, text);
}

/** Marks our own markup as finished. Only for SVG that this server drew itself, such as a QR code. */
export function trusted(ownMarkup: string): Html {
  return new Html(secret, ownMarkup);
}

/** The text to send. */
export function render(template: Html): string {
  return template.toString();
}

/** The address when it is an absolute http(s) one, else `undefined`: keeps `javascript:` out of links. */
export function webAddress(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  return /^https?:$/.test(new URL(address).protocol) ? address : undefined;
}
