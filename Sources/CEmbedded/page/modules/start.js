// Starts a page that was written as one file: its script is packed there, to a third, which leaves room for drawings. The policy
// names the hash of what comes out, so that a browser runs nothing else.
import { unpacked } from "./unpack.js";

try {
  const script = document.createElement("script");
  script.type = "module";
  script.textContent = new TextDecoder().decode(await unpacked(document.getElementById("gradus-script").textContent));
  document.body.append(script);
} catch (error) {
  document.getElementById("notice-text").textContent =
    `This page's script is damaged (${error.message}). Save the page again, or write it again with gradus web.`;
  document.getElementById("notice").hidden = false;
}
