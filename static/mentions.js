// Offers people while a name is typed after an @. Without this script a whole name works as well.
//
// The ARIA pattern of a combobox with a listbox and manual selection, in a field of many lines: it
// stays a textbox, for which a combobox has no role, and the list is announced in a status.
"use strict";

(() => {
  const NAME = /(?:^|[^\p{L}\p{N}_.+@-])@(\p{L}[^\n@]{0,60})$/u;
  const DELAY = 150; // milliseconds
  let timer, answerTo, barren;

  const isField = (element) => element instanceof HTMLTextAreaElement && "people" in element.dataset;
  const list = () => document.getElementById("mention-list");
  const options = () => [...list().children];
  const active = (field) => document.getElementById(field.getAttribute("aria-activedescendant"));
  const say = (text) => { document.getElementById("mention-says").textContent = text; };

  function typedName(field) {
    if (field.selectionStart !== field.selectionEnd) return null;
    return field.value.slice(0, field.selectionStart).match(NAME)?.[1] ?? null;
  }

  function close(field) {
    clearTimeout(timer);
    answerTo = null;
    list().hidden = true;
    list().replaceChildren();
    say("");
    field.removeAttribute("aria-activedescendant");
  }

  async function look(field) {
    const name = typedName(field);
    if (name === null || (barren && name.startsWith(barren))) return close(field);
    answerTo = name;
    let found;
    try {
      const answer = await fetch(`${field.dataset.people}?q=${encodeURIComponent(name)}`);
      found = await answer.json();
    } catch {
      return close(field); // signed out, or no network: what is typed stays as it is
    }
    if (answerTo !== name || document.activeElement !== field) return;
    barren = found.people.length ? null : name;
    if (!found.people.length) return close(field);
    list().replaceChildren(...found.people.map(option));
    list().hidden = false;
    field.removeAttribute("aria-activedescendant");
    say(found.says);
  }

  function option(person, number) {
    const item = document.createElement("li");
    item.id = `mention-${number}`;
    item.role = "option";
    item.ariaSelected = "false";
    item.dataset.insert = person.insert;
    item.append(person.name);
    if (person.unit) {
      const unit = document.createElement("span");
      unit.append(person.unit);
      item.append(" ", unit);
    }
    return item;
  }

  function move(field, step) {
    const all = options();
    const now = all.indexOf(active(field));
    const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : (now + step + all.length) % all.length;
    all.forEach((item, number) => { item.ariaSelected = String(number === next); });
    field.setAttribute("aria-activedescendant", all[next].id);
    all[next].scrollIntoView({ block: "nearest" });
  }

  function choose(field, item) {
    const name = typedName(field);
    if (name !== null) {
      const end = field.selectionStart;
      field.setRangeText(`${item.dataset.insert} `, end - name.length, end, "end");
    }
    close(field);
    field.focus();
  }

  document.addEventListener("focusin", ({ target }) => {
    if (!isField(target)) return;
    target.setAttribute("aria-autocomplete", "list");
    target.setAttribute("aria-controls", "mention-list");
  });
  document.addEventListener("focusout", ({ target }) => { if (isField(target)) close(target); });
  document.addEventListener("input", ({ target }) => {
    if (!isField(target)) return;
    clearTimeout(timer);
    if (typedName(target) === null) return close(target);
    timer = setTimeout(look, DELAY, target);
  });
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!isField(field) || list().hidden || event.isComposing) return;
    if (event.key === "ArrowDown") move(field, 1);
    else if (event.key === "ArrowUp") move(field, -1);
    else if (event.key === "Escape") close(field);
    else if (event.key === "Enter" && active(field)) choose(field, active(field));
    else return;
    event.preventDefault();
  });
  // The field keeps the focus while an option is pressed.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest("#mention-list")) event.preventDefault();
  });
  document.addEventListener("click", ({ target }) => {
    const item = target.closest("#mention-list [role=option]");
    if (item) choose(document.querySelector("[data-people]"), item);
  });
})();
