// Comforts of the page Ask: Ctrl+Enter runs, a table's or column's name goes into the question, a filter.
"use strict";

const question = document.getElementById("sql");
question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  question.form.requestSubmit();
});

for (const name of document.querySelectorAll("[data-name]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "name";
  button.textContent = name.dataset.name;
  button.title = "put it into the question";
  button.addEventListener("click", () => {
    const before = question.value.slice(0, question.selectionStart);
    const apart = before && !/[\s(,.]$/.test(before) ? " " : "";
    question.setRangeText(apart + name.dataset.name, question.selectionStart, question.selectionEnd, "end");
    question.focus();
  });
  name.replaceWith(button);
}

const filter = document.getElementById("filter");
filter.parentElement.hidden = false;
filter.addEventListener("input", () => {
  const wanted = filter.value.trim().toLowerCase();
  for (const table of document.querySelectorAll("[data-table]")) {
    const all = table.querySelector("summary").textContent.toLowerCase().includes(wanted);
    let some = false;
    for (const column of table.querySelectorAll("dl > div")) {
      const fits = column.textContent.toLowerCase().includes(wanted);
      column.hidden = !fits && !all;
      some = some || fits;
    }
    table.hidden = !all && !some;
    table.open = wanted !== "" && some;
  }
});
