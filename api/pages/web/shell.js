// On every page: the buttons for language and theme, and the keyboard shortcuts.

import { byId } from "./dom.js";

const YEAR = 365 * 24 * 3600;

function remember(name, value) {
  const path = document.body.dataset.root || "/";
  document.cookie = `${name}=${value}; path=${path}; max-age=${YEAR}; samesite=lax`;
}

byId("language").addEventListener("click", (event) => {
  event.preventDefault();
  remember("dalil-language", event.currentTarget.lang);
  const address = new URL(location);
  address.searchParams.delete("ui");
  if (address.href === location.href) location.reload();
  else location.replace(address);
});

byId("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  remember("dalil-theme", document.documentElement.dataset.theme);
});

const box = document.querySelector("input[type=search]");
const stops = () => [...document.querySelectorAll("a.stop")].filter((stop) => stop.checkVisibility());

// "?" shows the keys; "/" focuses the search box, the arrows move through the results and back to the box, Escape returns to the box.
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select");
  if ((event.key === "?" || event.key === "؟") && !typing) byId("keys").togglePopover();
  if (!box) return;
  if (event.key === "/" && !typing) {
    event.preventDefault();
    box.focus();
    box.select();
    return;
  }
  const all = stops();
  const at = all.indexOf(document.activeElement);
  if (at < 0 && event.target !== box) return;
  if (event.key === "ArrowDown") all[at + 1]?.focus();
  else if (event.key === "ArrowUp" && at >= 0) (all[at - 1] ?? box).focus();
  else if (event.key === "Escape" && at >= 0) box.focus();
  else return;
  event.preventDefault();
});
