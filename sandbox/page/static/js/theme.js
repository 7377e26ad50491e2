// Light, dark, or as the system says until one of them is chosen.

import { put } from "./dom.js";
import { icon } from "./icons.js";

export function themeToggle(button) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const draw = () => {
    put(button, icon(isDark() ? "sun" : "moon"));
    button.setAttribute("aria-label", isDark() ? "Light theme" : "Dark theme");
    button.title = button.getAttribute("aria-label");
  };
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("pawl.theme", document.documentElement.dataset.theme);
    } catch {
      // Then it lasts as long as the page.
    }
    draw();
  });
  system.addEventListener("change", draw);
  draw();
}
