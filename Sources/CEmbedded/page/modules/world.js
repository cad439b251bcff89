// The world builder: vocabulary, prompts, demonstrations, pairs, kinds of users and rewards, to be edited in a dialog.
import { byId, make, setText } from "./dom.js";
import { errorText } from "./text.js";

/** The parts of a world that are lists: the heading, what the items are for, and the fields of one. */
const lists = [
  { key: "prompts", title: "Prompts", note: "They take turns.", fields: [{ key: "text", label: "prompt" }], isText: true },
  { key: "demonstrations", title: "Demonstrations", note: "What the reference policy learns from.", fields: [{ key: "prompt", label: "prompt" }, { key: "response", label: "response" }] },
  { key: "preferences", title: "Pairs", note: "What the reward model, or DPO, learns from.", fields: [{ key: "prompt", label: "prompt" }, { key: "chosen", label: "chosen" }, { key: "rejected", label: "rejected" }] },
  { key: "judgements", title: "Judged responses", note: "What KTO learns from; without any, each side of a pair.", fields: [{ key: "prompt", label: "prompt" }, { key: "response", label: "response" }, { key: "desirable", label: "desirable", isFlag: true }] },
  { key: "users", title: "Kinds of users", note: "Their prompts, separated by commas, and what a word is worth to them: great 1, bad -1.", fields: [{ key: "name", label: "name" }, { key: "prompts", label: "prompts" }, { key: "likes", label: "likes" }] },
  { key: "answers", title: "Right answers", note: "One for each prompt, in their order, without <eos>: a response earns 1 if it is the answer.", fields: [{ key: "text", label: "answer" }], isText: true },
  { key: "taste", title: "True taste", note: "What words are truly worth to readers. Nothing learns from it: learned rewards are measured against it.", fields: [{ key: "words", label: "words" }, { key: "worth", label: "worth" }], isTable: true },
];

/** Connects the dialog and its button. */
export function startWorld(store) {
  const builder = new WorldBuilder(store);
  byId("show-world").addEventListener("click", () => builder.open());
  store.on("overview", (pane) => {
    if (pane === 0) byId("show-world").hidden = !store.hasWorld;
  });
}

class WorldBuilder {
  #store;
  #document = null;
  #editors = [];
  #title = make("input", { type: "text", id: "world-title", autocomplete: "off" });
  #vocabulary = make("input", { type: "text", id: "world-vocabulary", autocomplete: "off", spellcheck: "false" });
  #seesPrompt = make("input", { type: "checkbox", id: "world-sees" });

  constructor(store) {
    this.#store = store;
    byId("world-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#apply()) byId("world").close();
    });
    byId("world-save").addEventListener("click", () => this.#apply() && this.#save());
    byId("world-close").addEventListener("click", () => byId("world").close());
  }

  open() {
    this.#store.attempt(() => {
      this.#document = this.#store.world().document;
      this.#fill(this.#document);
      setText(byId("world-message"), "");
      byId("world").showModal();
    });
  }

  #fill({ title, world }) {
    this.#title.value = title;
    this.#vocabulary.value = world.vocabulary.join(" ");
    this.#seesPrompt.checked = world.policy_sees_prompt === true;
    this.#editors = lists.map((list) => new ListEditor(list, itemsOf(list, world[list.key])));
    const field = (label, input) => make("label", { class: "world-field" }, make("span", {}, label), input);
    byId("world-fields").replaceChildren(
      field("Title", this.#title),
      field("Vocabulary, <eos> last", this.#vocabulary),
      make("label", { class: "world-flag" }, this.#seesPrompt, " The next token depends on the prompt too, and not on the previous token alone."),
      ...this.#editors.map(({ element }) => element),
    );
  }

  /** What the fields say, as the document of a scenario. */
  #read() {
    const world = { vocabulary: words(this.#vocabulary.value) };
    for (const [index, list] of lists.entries()) {
      const items = this.#editors[index].items;
      if (items.length > 0 || list.key === "prompts" || list.key === "demonstrations") world[list.key] = valueOf(list, items);
    }
    if (this.#seesPrompt.checked) world.policy_sees_prompt = true;
    return { ...this.#document, title: this.#title.value.trim(), world };
  }

  /** Records the algorithm in the world; an error stands in the dialog, and the page shows what it showed. */
  #apply() {
    try {
      this.#store.openWorld(this.#read());
      setText(byId("world-message"), "");
      return true;
    } catch (error) {
      // Where in the text of a file it would stand says nothing here.
      setText(byId("world-message"), errorText(error).replace(/^[^:]*:\d+:\d+: (error: )?/, ""));
      byId("world-message").scrollIntoView({ block: "center" });
      return false;
    }
  }

  #save() {
    const { yaml } = this.#store.world();
    const address = URL.createObjectURL(new Blob([yaml], { type: "text/yaml" }));
    make("a", { href: address, download: `${this.#document.algorithm}-world.yaml` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
}

/** Items of a list with a row of fields each. */
class ListEditor {
  #list;
  #rows = make("ol", { class: "world-rows" });

  constructor(list, items) {
    this.#list = list;
    items.forEach((item) => this.#add(item));
    const add = () => this.#add({}).querySelector("input").focus();
    const button = make("button", { type: "button", class: "button is-small", click: add, "aria-label": `Add to ${list.title}` }, "Add");
    const count = items.length === 0 ? "" : ` · ${items.length}`;
    this.element = make(
      "details",
      { class: "world-list", open: items.length > 0 && items.length <= 8 },
      make("summary", {}, `${list.title}${count}`),
      make("p", { class: "hint" }, list.note),
      this.#rows,
      button,
    );
  }

  #add(item) {
    const fields = this.#list.fields.map(({ key, label, isFlag }) => {
      const common = { "data-key": key, "aria-label": `${label}, ${this.#list.title}` };
      if (isFlag) return make("label", { class: "world-flag" }, make("input", { ...common, type: "checkbox", checked: item[key] === true }), ` ${label}`);
      return make("input", { ...common, type: "text", value: item[key] ?? "", placeholder: label, autocomplete: "off", spellcheck: "false" });
    });
    const remove = () => row.remove();
    const row = make("li", { class: "world-row" }, ...fields, make("button", { type: "button", class: "button is-small", click: remove, "aria-label": "Remove" }, "×"));
    this.#rows.append(row);
    return row;
  }

  /** The rows that are not empty. */
  get items() {
    const read = (row) => Object.fromEntries([...row.querySelectorAll("[data-key]")].map((input) => [input.dataset.key, input.type === "checkbox" ? input.checked : input.value.trim()]));
    return [...this.#rows.children].map(read).filter((item) => Object.values(item).some((value) => typeof value === "string" && value !== ""));
  }
}

const words = (text) => text.split(/\s+/).filter((word) => word !== "");

/** A part of the document as rows of fields. */
function itemsOf({ key, isText, isTable }, value) {
  if (value === undefined) return [];
  if (isText) return value.map((text) => ({ text }));
  if (isTable) return Object.entries(value).map(([text, worth]) => ({ words: text, worth: String(worth) }));
  if (key !== "users") return value;
  const likes = (table) => Object.entries(table).map(([word, worth]) => `${word} ${worth}`).join(", ");
  return value.map((kind) => ({ name: kind.name, prompts: kind.prompts.join(", "), likes: likes(kind.likes) }));
}

/** Rows of fields as a part of the document. */
function valueOf({ key, isText, isTable }, items) {
  if (isText) return items.map(({ text }) => text);
  if (isTable) return Object.fromEntries(items.map(({ words: text, worth }) => [text, number(worth, text)]));
  if (key !== "users") return items;
  return items.map((kind) => ({ name: kind.name, prompts: parts(kind.prompts), likes: likesOf(kind.likes) }));
}

const parts = (text) => text.split(",").map((part) => part.trim()).filter((part) => part !== "");

/** `great 1, bad -1` as a table. */
function likesOf(text) {
  return Object.fromEntries(parts(text).map((part) => {
    const [word, worth = ""] = part.split(/[\s:]+(?=\S+$)/);
    return [word, number(worth, word)];
  }));
}

/** A number that somebody typed; a proper minus sign is one, too. */
function number(text, what) {
  const value = Number(text.replace("−", "-"));
  if (text === "" || !Number.isFinite(value)) throw new Error(`what “${what}” is worth is a number, not “${text}”`);
  return value;
}
