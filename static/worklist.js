// My quarter: Enter saves a row and goes on to the next, "same as last time" saves at once.
// Without this file the page is one plain form.
"use strict";

const list = document.querySelector(".worklist");
const valueOf = (row) => row.querySelector(".input-number");
const commentOf = (row) => row.querySelector("textarea");
// What the server has, and not what it filled in: an unreported row has nothing yet.
const isUnsaved = (row) => row.querySelector("[name$=-version]").value === "0";
const isTyped = (row) => [valueOf(row), commentOf(row)].some((field) => field.value.trim() !== (isUnsaved(row) ? "" : field.defaultValue.trim()));

// A row that is settling has its new contents and, for a moment, its old class.
const openRows = () => [...list.querySelectorAll("tr.is-open")].filter(valueOf);

function goOn(row) {
  const open = openRows();
  const next = open[open.indexOf(row) + 1];
  (next ? valueOf(next) : document.querySelector(".save-bar .button"))?.focus();
  if (next) valueOf(next).select();
}

function save(row) {
  row.querySelector(".row-note").textContent = "";
  htmx.trigger(row, "save");
}

function say(row, text) {
  const note = row?.querySelector(".row-note");
  if (note) note.textContent = text;
}

function count() {
  const button = document.querySelector(".save-bar .button");
  if (!button) return;
  const typed = openRows().filter(isTyped).length;
  button.dataset.none ??= button.textContent;
  button.textContent = typed === 1 ? button.dataset.one : typed ? button.dataset.many.replace("#", typed) : button.dataset.none;
}

list?.addEventListener("keydown", (event) => {
  const row = event.target.closest("tr.is-open");
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !row || !event.target.matches("input, textarea")) return;
  event.preventDefault();
  // Who has both values before their eyes, or edits a saved one, saves by Enter as well.
  if (isTyped(row) || row.querySelector("[data-save]")) save(row);
  goOn(row);
});

list?.addEventListener("click", (event) => {
  const row = event.target.closest("tr.is-open");
  const button = event.target.closest("button[name=same], button[data-save]");
  if (!row || !button) return;
  event.preventDefault();
  if (button.name === "same") valueOf(row).value = button.dataset.last;
  save(row);
  if (event.detail === 0) goOn(row);            // by keyboard; a finger would be met by its keyboard
});

list?.addEventListener("input", count);
if (list) count();
list?.addEventListener("htmx:afterSettle", count);

// What was typed stays where it is when the answer is no row: a lost connection, a lost sign-in.
list?.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL, location.href).pathname;
  if (answered.startsWith(list.dataset.here)) return;
  event.detail.shouldSwap = false;
  say(event.target.closest("tr"), list.dataset.signedOut);
});
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  list?.addEventListener(name, (event) => {
    if (event.detail.requestConfig?.verb === "post") say(event.target.closest("tr"), list.dataset.lost);
  });
}
