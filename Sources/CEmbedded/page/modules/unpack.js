// What a page holds in packed form: gzip, written with 85 digits.

const digits85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*+,-./:;=?@^_{|}~";

/** The bytes of a text in base 85: four for five digits, and at the end one less than there are digits. */
function bytesOf85(text) {
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

/** The bytes that were packed. Throws where the text is damaged. */
export async function unpacked(text) {
  const packed = bytesOf85(text.replace(/\s+/g, ""));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
