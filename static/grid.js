// A grid of measurements: cells copied in Excel fill fields, arrows and Enter go from field to field.
// The server takes the block apart, by the same rules as without this file; nothing is saved by it.
"use strict";

(() => {
  const form = document.getElementById("grid-form");
  const grid = document.getElementById("grid");
  if (!grid) return;
  const said = document.getElementById("paste-said");
  const undo = document.getElementById("paste-undo");
  const FIELD = "input:not([type=hidden]), textarea";
  let chosen = null; // the field whose whole text was selected by an arrow, as a cell in Excel is
  let before = null; // what the fields held before the last paste

  // --- from field to field ---------------------------------------------------------------------

  const rows = () => [...grid.querySelectorAll("tbody tr")].filter((row) => row.querySelector(FIELD));
  const column = (field) => field.closest("td").cellIndex;

  function choose(field) {
    if (!field) return false;
    field.focus();
    field.select();
    chosen = field;
    return true;
  }

  function vertically(field, step) {
    const all = rows();
    for (let place = all.indexOf(field.closest("tr")) + step; all[place]; place += step) {
      const next = all[place].cells[column(field)].querySelector(FIELD);
      if (next) return choose(next); // a KPI of another kind has no such field
    }
    return false;
  }

  function horizontally(field, step) {
    const fields = [...field.closest("tr").querySelectorAll(FIELD)];
    return choose(fields[fields.indexOf(field) + step]);
  }

  // Within a text the arrows move the caret: they leave the field at its ends only.
  function mayLeave(field, key) {
    if (field === chosen) return true;
    const { selectionStart: start, selectionEnd: end, value } = field;
    if (start !== end) return false;
    if (key === "ArrowLeft") return start === 0;
    if (key === "ArrowRight") return end === value.length;
    return field.matches("input") || (key === "ArrowUp" ? start === 0 : end === value.length);
  }

  const MOVES = {
    ArrowUp: (field) => vertically(field, -1),
    ArrowDown: (field) => vertically(field, 1),
    ArrowLeft: (field) => horizontally(field, -1),
    ArrowRight: (field) => horizontally(field, 1),
  };

  grid.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches(FIELD) || event.isComposing) return;
    if (event.key === "z" && (event.ctrlKey || event.metaKey) && before) {
      event.preventDefault();
      takeBack();
    } else if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    } else if (event.key === "Enter" && !(event.shiftKey && field.matches("textarea"))) {
      event.preventDefault();
      if (!vertically(field, event.shiftKey ? -1 : 1) && !event.shiftKey) form.querySelector(".save-bar .button-primary").focus();
    } else if (event.key in MOVES && !event.shiftKey && mayLeave(field, event.key) && MOVES[event.key](field)) {
      event.preventDefault();
    }
  });

  for (const name of ["input", "pointerdown", "focusin"]) {
    grid.addEventListener(name, (event) => { if (name !== "focusin" || event.target !== chosen) chosen = null; });
  }

  // --- pasting ---------------------------------------------------------------------------------

  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!event.target.matches(FIELD) || !/[\t\n\r]/.test(text.replace(/\r?\n$/, ""))) return; // one cell is a text like any other
    if (event.target.matches("textarea") && !text.includes("\t")) return; // lines of a comment
    event.preventDefault();
    ask(event.target.name, text);
  });

  async function ask(at, block) {
    const sent = new URLSearchParams({ at, block, paste: "1", csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, headers: { Accept: "application/json" } });
      fill(await answer.json());
    } catch {
      say(form.dataset.lost); // no network, or signed out: nothing was filled
    }
  }

  function fill(pasted) {
    before = new Map();
    for (const [name, text] of Object.entries(pasted.texts)) {
      const field = form.elements[name];
      before.set(field, field.value);
      field.value = text;
    }
    say(pasted.says, pasted.remarks);
    undo.hidden = false;
  }

  function takeBack() {
    for (const [field, text] of before) field.value = text;
    before = null;
    say(undo.dataset.done);
    undo.hidden = true;
  }

  function say(text, remarks = []) {
    const line = document.createElement("p");
    line.textContent = text;
    const list = document.createElement("ul");
    list.append(...remarks.map(remark));
    said.replaceChildren(line, ...(remarks.length ? [list] : []));
  }

  function remark({ field, text }) {
    const item = document.createElement("li");
    const link = document.createElement(field ? "a" : "span");
    if (field) link.href = `#id_${field}`;
    link.textContent = text;
    item.append(link);
    return item;
  }

  undo.addEventListener("click", () => {
    const field = before.keys().next().value;
    takeBack();
    field?.focus(); // the button is gone
  });
  form.addEventListener("input", () => { before = null; undo.hidden = true; });
})();
