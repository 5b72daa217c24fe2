/** Our own drawings. They take the colour of the text and are silent for screen readers. */
import { html, type Html } from "./html.ts";

function drawing(lines: Html): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${lines}</svg>`;
}

export const icons = {
  bridge: drawing(html`<path d="M2 17h20M4 17c1.5-6.5 4.5-9.5 8-9.5s6.5 3 8 9.5M8 17V9.2M12 17V7.5M16 17V9.2M5 20v-3M19 20v-3"/>`),
  passkey: drawing(html`<circle cx="9" cy="8" r="4"/><path d="M2.5 20c.4-4 3-6.5 6.5-6.5 1.2 0 2.2.2 3.1.7"/><circle cx="17.5" cy="13.5" r="2.5"/><path d="M17.5 16v5.5l2-1.5-1-1.2 1-1.3"/>`),
  phone: drawing(html`<rect x="6.5" y="2.5" width="11" height="19" rx="2.5"/><path d="M10.5 18.5h3"/>`),
  screens: drawing(html`<path d="M13 17.5H3.5v-12h15V8M2 20.5h11"/><rect x="15" y="10.5" width="6.5" height="11" rx="1.5"/>`),
  check: drawing(html`<circle cx="12" cy="12" r="9.5"/><path d="m7.5 12.5 3 3 6-7"/>`),
  information: drawing(html`<circle cx="12" cy="12" r="9.5"/><path d="M12 11v6M12 7.5v.1"/>`),
  warning: drawing(html`<path d="M12 3 1.8 20.5h20.4zM12 10v5M12 17.8v.1"/>`),
  refusal: drawing(html`<circle cx="12" cy="12" r="9.5"/><path d="M12 7v6.5M12 16.7v.1"/>`),
  card: drawing(html`<rect x="2.5" y="5" width="19" height="14" rx="2.5"/><circle cx="8" cy="11" r="2"/><path d="M5.5 16c.3-1.4 1.2-2 2.5-2s2.2.6 2.5 2M14 10h4.5M14 13.5h4.5"/>`),
  link: drawing(html`<path d="M9.5 14.5 14.5 9.5M11 6.5l1.8-1.8a4.6 4.6 0 0 1 6.5 6.5L17.5 13M13 17.5l-1.8 1.8a4.6 4.6 0 0 1-6.5-6.5L6.5 11"/>`),
  arrow: drawing(html`<path d="M5 12h14M13 6l6 6-6 6"/>`),
} as const;
