// Comforts only: every page works without it. Keys, and a word when a newer publication is there.
"use strict";

const PAGES = { t: "/", s: "/search", c: "/coverage", o: "/over-time", a: "/ask" };
const FOLLOW = 3000; // milliseconds between two looks at the publication

let afterG = false;
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (afterG && PAGES[event.key]) location.href = PAGES[event.key];
  afterG = event.key === "g";
  if (event.key === "/") {
    const words = document.querySelector("input[type=search]");
    event.preventDefault();
    if (words) words.focus();
    else location.href = "/search";
  }
});

async function follow() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/snapshot", { cache: "no-store" });
    const { mark } = await answer.json();
    const said = document.getElementById("newer");
    if (mark && mark !== document.body.dataset.mark && !said.hasChildNodes()) {
      const again = document.createElement("a");
      again.href = location.href;
      again.textContent = "show it";
      said.append("A newer publication of the archive is there: ", again, ".");
    }
  } catch {
    // the server has ended; the page stays as it is
  }
}
setInterval(follow, FOLLOW);
document.addEventListener("visibilitychange", follow);

// A part of a page that takes longer than the rest comes by itself: <div data-from="/address">.
for (const part of document.querySelectorAll("[data-from]")) {
  fetch(part.dataset.from)
    .then((answer) => answer.text())
    .then((text) => {
      const found = new DOMParser().parseFromString(text, "text/html").querySelector("[data-part]");
      if (found) part.replaceChildren(found);
    })
    .catch(() => {});
}
