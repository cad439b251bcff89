// A list of buttons with one Tab stop: the arrow keys go on from there.
import { setAttribute } from "./dom.js";

/** Makes the buttons of a box that match a selector one stop; `refresh()` does so again when they have changed. */
export function oneTabStop(box, selector) {
  let current = null;
  const buttons = () => [...box.querySelectorAll(selector)];
  const refresh = (wanted = current) => {
    const all = buttons();
    current = all.includes(wanted) ? wanted : all[0] ?? null;
    for (const button of all) setAttribute(button, "tabindex", button === current ? 0 : -1);
  };
  box.addEventListener("focusin", (event) => {
    const button = event.target.closest(selector);
    if (button !== null) refresh(button);
  });
  box.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const button = event.target.closest(selector);
    if (step === undefined || button === null || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const all = buttons();
    all[all.indexOf(button) + step]?.focus();
  });
  return refresh;
}
