// What `gradus web` wrote into the page: configuration, engine, diagrams, recording.
import { byId } from "./dom.js";
import { errorText } from "./text.js";

/** The configuration, or null where the page was not written by `gradus web`. */
export function readConfiguration() {
  const text = byId("gradus-config")?.textContent.trim() ?? "";
  return text === "" ? null : JSON.parse(text);
}

/** The bytes of an embedded gzip in base64, or null where the page has none. */
export async function readBytes(id) {
  const text = byId(id)?.textContent.replace(/\s+/g, "") ?? "";
  if (text === "") return null;
  try {
    const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
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
