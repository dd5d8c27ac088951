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

// A command line can be copied.
for (const line of document.querySelectorAll("pre.command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(line.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(line); // the browser does not let us: it can be copied from there
    }
  });
  line.after(button);
}

// Many links in a row are one stop of the tab key: arrows go from one to the next, Home and End to the ends.
for (const group of document.querySelectorAll("[data-roving]")) {
  const links = [...group.querySelectorAll("a")];
  links.forEach((link, n) => (link.tabIndex = n ? -1 : 0));
  const reach = (link) => {
    if (!link) return;
    links.forEach((each) => (each.tabIndex = each === link ? 0 : -1));
    link.focus();
  };
  group.addEventListener("focusin", (event) => {
    if (links.includes(event.target)) links.forEach((each) => (each.tabIndex = each === event.target ? 0 : -1));
  });
  group.addEventListener("keydown", (event) => {
    const here = links.indexOf(event.target);
    if (here < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = {
      ArrowLeft: () => links[here - 1],
      ArrowRight: () => links[here + 1],
      ArrowUp: () => beyond(links, here, -1),
      ArrowDown: () => beyond(links, here, 1),
      Home: () => links[0],
      End: () => links.at(-1),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    reach(to());
  });
}

// The link of the next line above (-1) or below (1) that stands nearest to being in the same column.
function beyond(links, here, way) {
  const middle = (link) => {
    const box = link.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const [x, y] = middle(links[here]);
  let best, nearest = Infinity;
  for (const link of links) {
    const [left, top] = middle(link);
    const down = (top - y) * way;
    const far = down + 20 * Math.abs(left - x);
    if (down > 5 && far < nearest) [best, nearest] = [link, far];
  }
  return best;
}
