// What stands beside the picture, one thing at a time: a list of tabs with one Tab stop.
import { byId, make, setAttribute, setText } from "./dom.js";

const tabs = [
  { name: "run", label: "Run" },
  { name: "findings", label: "Findings" },
  { name: "responses", label: "Responses" },
  { name: "story", label: "Tour" },
  { name: "outcome", label: "Outcome" },
  { name: "terms", label: "Terms" },
  { name: "diagram", label: "Diagram" },
  { name: "policy", label: "Policy" },
  { name: "stages", label: "Stages" },
  { name: "commands", label: "Console" },
  { name: "options", label: "Options" },
];

/** The tabs; `show(name)` opens one. */
export class Tabs {
  #list = byId("tabs");
  #current = null;
  #listeners = new Map();

  constructor() {
    this.#list.replaceChildren(...tabs.map(({ name, label }) => this.#button(name, label)));
    // A click takes no focus: the arrow keys go on stepping.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("keydown", (event) => this.#move(event));
    for (const name of ["run", "findings", "outcome"]) this.offer(name, false);
    this.show("responses");
  }

  #button(name, label) {
    const click = () => this.show(name);
    return make("button", { type: "button", role: "tab", id: `tab-${name}`, class: "tab", click }, label);
  }

  /** `action` is done whenever a tab is opened. */
  on(name, action) {
    this.#listeners.set(name, action);
  }

  get current() {
    return this.#current;
  }

  show(name) {
    this.#current = name;
    for (const { name: other } of tabs) {
      const button = byId(`tab-${other}`);
      setAttribute(button, "aria-selected", String(other === name));
      setAttribute(button, "tabindex", other === name ? 0 : -1);
    }
    setAttribute(byId("panes"), "data-tab", name);
    for (const panel of byId("inside").querySelectorAll(":scope > [data-tab]")) panel.hidden = panel.dataset.tab !== name;
    this.#listeners.get(name)?.();
  }

  /** Calls a tab something else. */
  rename(name, label) {
    setText(byId(`tab-${name}`), label);
  }

  /** Offers a tab, or takes it away where it would be empty. */
  offer(name, isOffered) {
    byId(`tab-${name}`).hidden = !isOffered;
    if (!isOffered && this.#current === name) this.show("responses");
  }

  #move(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const shown = [...this.#list.children].filter((button) => !button.hidden);
    const next = shown[(shown.indexOf(byId(`tab-${this.#current}`)) + step + shown.length) % shown.length];
    this.show(next.id.slice("tab-".length));
    next.focus();
  }
}
