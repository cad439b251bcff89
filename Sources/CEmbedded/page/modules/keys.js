// Keys for the whole page. A field that takes keys keeps them.
import { byId, takesKeys } from "./dom.js";

/** Connects the keys and their list. */
export function startKeys(store, player, tabs) {
  const dialog = byId("keys");
  byId("show-keys").addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const isField = event.target instanceof HTMLElement && event.target.matches("input, select");
    if (event.key === "Escape" && isField) return event.target.blur();
    if (takesKeys(event.target) || isScrolling(event)) return;
    const action = actionFor(event, store, player, tabs, dialog);
    if (action === null) return;
    event.preventDefault();
    action();
  });
}

/** Whether a box that was reached by keyboard needs the key to scroll, or a button to be pressed. */
function isScrolling(event) {
  const { target, key } = event;
  if (!(target instanceof Element)) return false;
  if (key === " ") return target.closest("button, summary, a") !== null;
  const isBox = target.matches("[tabindex='0']:not(button)") && target.matches(":focus-visible");
  return isBox && (target.scrollHeight > target.clientHeight || target.scrollWidth > target.clientWidth);
}

function actionFor(event, store, player, tabs, dialog) {
  const moving = (action) => () => {
    player.stop();
    action();
  };
  const stage = (count) => moving(() => store.stepStages(count));
  switch (event.key) {
    case "ArrowLeft":
      return event.shiftKey ? stage(-1) : moving(() => store.stepBy(-1));
    case "ArrowRight":
      return event.shiftKey ? stage(1) : moving(() => store.stepBy(1));
    case "PageUp":
      return stage(-1);
    case "PageDown":
      return stage(1);
    case "[":
      return moving(() => store.stepHits(-1));
    case "]":
      return moving(() => store.stepHits(1));
    case "Home":
      return moving(() => store.goTo(0));
    case "End":
      return moving(() => store.goTo(store.overview.beats - 1));
    case " ":
      return () => player.toggle();
    case "/":
    case ":":
      return () => {
        tabs.show("commands");
        byId("console-input").focus();
      };
    case "?":
      return () => dialog.showModal();
    default:
      return null;
  }
}
