// A filter above the ledger (by words, by how a claim stands, by chapter), and above the map of
// chapters and the index of techniques (by words). Without this script everything is there.
"use strict";

function labeled(name, control) {
  const label = document.createElement("label");
  label.append(name, control);
  return label;
}

function choice(first, names) {
  const select = document.createElement("select");
  for (const name of [first, ...names]) select.add(new Option(name, name === first ? "" : name));
  return select;
}

// One row: what can be asked about it.
function entry(row) {
  const section = row.closest("section");
  return {
    row,
    section,
    text: row.textContent.toLowerCase(),
    status: row.querySelector(".dt-status")?.textContent,
    chapter: section.querySelector("h1, h2").firstChild.textContent.trim(),
  };
}

function apply(rows, form, noun) {
  const [words, status, chapter] = form.querySelectorAll("input, select");
  const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const good = rows.filter(
    (e) =>
      (!status?.value || e.status === status.value) &&
      (!chapter?.value || e.chapter === chapter.value) &&
      asked.every((word) => e.text.includes(word)),
  );
  const kept = new Set(good);
  for (const e of rows) e.row.hidden = !kept.has(e);
  const sections = new Set(rows.map((e) => e.section));
  if (sections.size > 1) for (const section of sections) section.hidden = true;
  for (const e of good) e.section.hidden = false;
  form.querySelector("output").textContent = `${good.length} of ${rows.length} ${noun}`;
}

function filter(selector, noun, before) {
  const rows = [...document.querySelectorAll(`${selector} tbody tr`)].map(entry);
  if (!rows.length) return;
  const form = document.createElement("form");
  const words = Object.assign(document.createElement("input"), { type: "search" });
  form.append(labeled("Words", words));
  if (rows[0].status) {
    const unique = (name) => [...new Set(rows.map((e) => e[name]))];
    form.append(labeled("Stands", choice("any", unique("status").sort())));
    form.append(labeled("Chapter", choice("all", unique("chapter"))));
  }
  const found = document.createElement("p");
  found.append(document.createElement("output"));
  form.append(found);
  form.className = "dt-filter";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", noun);
  before(rows[0]).before(form);
  form.addEventListener("input", () => apply(rows, form, noun));
  form.addEventListener("submit", (event) => event.preventDefault());
  apply(rows, form, noun);
}

document.addEventListener("DOMContentLoaded", () => {
  filter("table.dt-ledger:not(.dt-slides)", "claims", (first) => first.section);
  filter("table.dt-index", "names", (first) => first.section);
  filter("table.dt-map", "chapters", (first) =>
    first.row.closest(".pst-scrollable-table-container, table"),
  );
});
