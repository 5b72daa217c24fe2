import { describe, expect, test } from "vitest";
import { personas } from "../../../src/sandbox/jlis/personas/personas.ts";
import { messages } from "../../../src/sandbox/jlis/web/messages.ts";
import { useJlis } from "./fixture.ts";

const fixture = useJlis();
const open = async (path: string, headers: Record<string, string> = {}): Promise<{ response: Response; text: string }> => {
  const response = await fetch(`${fixture.jlis.origin}${path}`, { headers: { accept: "text/html", ...headers } });
  return { response, text: await response.text() };
};

describe.each(["ja", "en"] as const)("in %s", (language) => {
  const text = messages[language];

  test("every persona with its state and the operations that state allows", async () => {
    const page = (await open(`/?ui_locales=${language}`)).text;
    for (const { id, title } of personas) {
      const card = page.slice(page.indexOf(`<article id="${id}"`)).split("</article>")[0] ?? "";
      const { state, operations } = fixture.jlis.personas.view(id);
      expect(card).toContain(title[language]);
      expect(card).toContain(text.state[state]);
      expect(card).toContain(`href="/phone?persona=${id}`);
      const offered = [...card.matchAll(/action="\/personas\/[a-z-]+\/([a-z]+)\?/g)].map(([, operation]) => operation);
      expect(offered).toEqual(operations);
    }
  });

  test.each(["/", "/nowhere", "/personas/nobody/secure-element.json", "/?done=good-phone", "/?done=faults"])(
    "%s bears the sandbox banner, no script, no inline style, and a strict policy",
    async (path) => {
      const { response, text: page } = await open(path, { "accept-language": language });
      expect(page).toContain(`<html lang="${language}">`);
      expect(page).toContain(text.banner);
      expect(page).not.toMatch(/<script|style=|<style|javascript:| on[a-z]+=/);
      const policy = response.headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain("unsafe");
      // Under no-referrer a browser would send "Origin: null" with the page's own forms, and they would be refused.
      expect(response.headers.get("referrer-policy")).toBe("same-origin");
    },
  );

  test("says what a finished operation did", async () => {
    const { text: page } = await open(`/?ui_locales=${language}&done=on-hold`);
    const title = personas.find(({ id }) => id === "on-hold")?.title[language] ?? "";
    expect(page).toContain(text.nowIn(title, text.state.on_hold));
  });
});

test.each(["<script>alert(1)</script>", "nobody", "good-phone&done=revoked"])("done=%s says nothing", async (value) => {
  const { text } = await open(`/?done=${value}`);
  expect(text).not.toContain("<script");
  expect(text).not.toContain('class="notice"');
});

test("a button's form is answered with the page again, at the persona", async () => {
  const url = `${fixture.jlis.origin}/personas/good-card/hold?ui_locales=en`;
  const headers = { "content-type": "application/x-www-form-urlencoded", origin: fixture.jlis.origin };
  const response = await fetch(url, { method: "POST", headers, body: "", redirect: "manual" });
  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe("/?ui_locales=en&done=good-card#good-card");
  expect(fixture.jlis.personas.view("good-card").state).toBe("on_hold");
});

test("one stylesheet from the same origin, which answers", async () => {
  const { text } = await open("/");
  const sheets = [...text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href);
  expect(sheets).toEqual(["/page.css"]);
  const response = await fetch(`${fixture.jlis.origin}/page.css`);
  expect(response.headers.get("content-type")).toContain("text/css");
});

test("further pages can be added while it runs", async () => {
  fixture.jlis.router.get("/phone", (context) => {
    context.set("Content-Security-Policy", "default-src 'self'");
    context.body = "phone";
  });
  const { response, text } = await open("/phone?persona=good-phone");
  expect(text).toBe("phone");
  expect(response.headers.get("content-security-policy")).toBe("default-src 'self'");
});
