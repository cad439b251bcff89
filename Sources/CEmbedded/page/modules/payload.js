// What `gradus web` wrote into the page: configuration, engine, diagrams, recording.
import { byId } from "./dom.js";
import { errorText } from "./text.js";

/** The configuration, or null where the page was not written by `gradus web`. */
export function readConfiguration() {
  const text = byId("gradus-config")?.textContent.trim() ?? "";
  return text === "" ? null : JSON.parse(text);
}

const digits85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@^_{|}~";

/** The bytes of a text in base 85: four for five digits, and at the end one less than there are digits. */
export function bytesOf85(text) {
  const values = new Uint8Array(256).fill(255);
  [...digits85].forEach((digit, value) => (values[digit.charCodeAt(0)] = value));
  const bytes = new DataView(new ArrayBuffer(Math.ceil(text.length / 5) * 4));
  for (let start = 0; start < text.length; start += 5) {
    let number = 0;
    for (let place = start; place < start + 5; place += 1) {
      const value = place < text.length ? values[text.charCodeAt(place) & 255] : 84;
      if (value === 255) throw new Error(`the character ${place + 1} is none of its digits`);
      number = number * 85 + value;
    }
    bytes.setUint32((start / 5) * 4, number);
  }
  const rest = text.length % 5;
  return new Uint8Array(bytes.buffer, 0, Math.floor(text.length / 5) * 4 + (rest === 0 ? 0 : rest - 1));
}

/** The bytes of an embedded gzip in base 85, or null where the page has none. */
export async function readBytes(id) {
  const text = byId(id)?.textContent.replace(/\s+/g, "") ?? "";
  if (text === "") return null;
  try {
    const packed = bytesOf85(text);
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
