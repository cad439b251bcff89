// Light or dark: as the system has it, until the reader chooses.
import { byId, setAttribute, setText } from "./dom.js";

const themes = ["auto", "light", "dark"];

/** Connects the theme's button; the choice is kept where the browser lets a file keep anything. */
export function startTheme() {
  let theme = keptTheme();
  const show = () => {
    setAttribute(document.documentElement, "data-theme", theme === "auto" ? null : theme);
    setText(byId("theme"), `Theme: ${theme}`);
  };
  byId("theme").addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    keepTheme(theme);
    show();
  });
  show();
}

function keptTheme() {
  try {
    const theme = localStorage.getItem("gradus-theme");
    return themes.includes(theme) ? theme : "auto";
  } catch {
    return "auto";
  }
}

function keepTheme(theme) {
  try {
    localStorage.setItem("gradus-theme", theme);
  } catch {
    // a page in a frame, or from a file, may not: then the choice lasts as long as the page
  }
}
