// What `gradus web` wrote into the page: configuration, engine, diagrams, recording.
import { byId } from "./dom.js";
import { errorText } from "./text.js";
import { unpacked } from "./unpack.js";

/** The configuration, or null where the page was not written by `gradus web`. */
export function readConfiguration() {
  const text = byId("gradus-config")?.textContent.trim() ?? "";
  return text === "" ? null : JSON.parse(text);
}

/** The bytes of an embedded gzip in base 85, or null where the page has none. */
export async function readBytes(id) {
  const text = byId(id)?.textContent.trim() ?? "";
  if (text === "") return null;
  try {
    return await unpacked(text);
  } catch (error) {
    const remedy = "Save the page again, or write it again with gradus web.";
    throw new Error(`The part “${id}” of this page is damaged (${errorText(error)}). ${remedy}`);
  }
}

/** An embedded JSON object, or null where the page has none. */
export async function readObject(id) {
  const bytes = await readBytes(id);
  return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
}
