// The ledger's filter: by words, by how a claim stands, by chapter. Without it all claims are there.
"use strict";

function labelled(name, control) {
  const label = document.createElement("label");
  label.append(name, control);
  return label;
}

function choice(first, names) {
  const select = document.createElement("select");
  for (const name of [first, ...names]) select.add(new Option(name, name === first ? "" : name));
  return select;
}

// One row of the ledger: what can be asked about it.
function entry(row) {
  const section = row.closest("section");
  return {
    row,
    text: row.textContent.toLowerCase(),
    status: row.querySelector(".dt-status").textContent,
    chapter: section.querySelector("h2").firstChild.textContent.trim(),
    section,
  };
}

function filter() {
  const rows = [...document.querySelectorAll("table.dt-ledger tbody tr")].map(entry);
  if (!rows.length) return;
  const words = Object.assign(document.createElement("input"), { type: "search" });
  const status = choice("any", [...new Set(rows.map((e) => e.status))].sort());
  const chapter = choice("all", [...new Set(rows.map((e) => e.chapter))]);
  const found = document.createElement("output");
  const form = document.createElement("form");
  form.className = "dt-filter";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Claims");
  form.append(labelled("Words", words), labelled("Stands", status), labelled("Chapter", chapter));
  form.append(found);
  rows[0].section.before(form);

  const sections = new Set(rows.map((e) => e.section));
  function apply() {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const good = rows.filter(
      (e) =>
        (!status.value || e.status === status.value) &&
        (!chapter.value || e.chapter === chapter.value) &&
        asked.every((word) => e.text.includes(word)),
    );
    for (const e of rows) e.row.hidden = true;
    for (const e of good) e.row.hidden = false;
    for (const section of sections) section.hidden = !good.some((e) => e.section === section);
    found.textContent = `${good.length} of ${rows.length} claims`;
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}

document.addEventListener("DOMContentLoaded", filter);
