// The joined pages become a book: names of places are made unique, links lead inside, what only a
// screen can do is left out. Runs in the browser that prints, before MathJax has set the formulas.
"use strict";

const SHORT = { "div.cell_input, div.highlight": 16, table: 12, "div.exercise, div.solution": 12 };
const REFERENCES = ["aria-labelledby", "aria-describedby", "for", "list"];

// id="x" of every page becomes id="<page>--x"; what points to it within the page follows.
function uniqueNames(page) {
  // sphinx-exercise gives all of these one name; nothing leads to it
  page.querySelectorAll(":is(.exercise, .solution) > section").forEach((e) => e.removeAttribute("id"));
  page.querySelectorAll("[id]").forEach((element) => (element.id = `${page.id}--${element.id}`));
  const prefix = (value) => value.replace(/url\((["']?)#/g, `url($1#${page.id}--`);
  for (const element of page.querySelectorAll("svg, svg *")) {
    for (const { name, value } of [...element.attributes]) {
      if (name.endsWith("href") && value.startsWith("#"))
        element.setAttribute(name, `#${page.id}--${value.slice(1)}`);
      else if (value.includes("url(")) element.setAttribute(name, prefix(value));
    }
  }
  for (const name of REFERENCES)
    page.querySelectorAll(`[${name}]`).forEach((element) => {
      const names = element.getAttribute(name).split(/\s+/);
      element.setAttribute(name, names.map((one) => `${page.id}--${one}`).join(" "));
    });
}

// A link to another page of the book leads to its place here; one to anything else, to the site.
function inside(page) {
  const root = "https://book.invalid/";
  for (const link of page.querySelectorAll("article a[href]")) {
    const to = new URL(link.getAttribute("href"), `${root}${page.dataset.page}.html`);
    if (!to.href.startsWith(root)) continue;
    const slug = BOOK.names[to.pathname.slice(1).replace(/\.html$/, "")];
    const place = decodeURIComponent(to.hash.slice(1));
    if (slug) link.setAttribute("href", place ? `#${slug}--${place}` : `#${slug}`);
    else link.setAttribute("href", BOOK.address + to.pathname + to.hash);
  }
}

function renamed(old, name) {
  const element = document.createElement(name);
  for (const attribute of old.attributes) element.setAttribute(attribute.name, attribute.value);
  element.append(...old.childNodes);
  old.replaceWith(element);
  return element;
}

// A part is a heading of its own, so a chapter's headings go one level down.
function headings(page) {
  for (const level of [5, 4, 3, 2, 1])
    for (const heading of page.querySelectorAll(`h${level}`))
      renamed(heading, `h${level + 1}`).classList.add(`dt-h${level}`);
}

function moves(page) {
  for (const figure of page.querySelectorAll(".dt-explore")) {
    figure.querySelectorAll(".dt-controls, .dt-announce, noscript").forEach((e) => e.remove());
    const place = figure.closest("[id]:not(.dt-page)");
    const to = `${BOOK.address}/${page.dataset.page}.html`;
    const mark = place ? `#${place.id.replace(`${page.id}--`, "")}` : "";
    const line = document.createElement("p");
    line.className = "dt-moves";
    line.innerHTML = `This figure moves on the page: <a href="${to}${mark}">${to}${mark}</a>`;
    figure.append(line);
  }
}

// Solutions stand at the chapter's end, where an eye that still works on the exercise is not.
function solutions(page) {
  const every = [...page.querySelectorAll("div.solution")];
  if (!every.length) return;
  const section = document.createElement("section");
  section.innerHTML = `<h3 class="dt-h2" id="${page.id}--solutions">Solutions</h3>`;
  for (const solution of every) {
    const exercise = document.getElementById(solution.querySelector("a").getAttribute("href").slice(1));
    const link = document.createElement("a");
    link.href = `#${solution.id}`;
    link.className = "dt-to-solution";
    link.textContent = "solution";
    exercise?.querySelector(".admonition-title").append(" ", link);
    section.append(solution);
  }
  page.querySelector("article > section").append(section);
}

// Code that is folded on the page draws figures: whoever wants it wants to run it. What came out of
// it, and words, unfold.
function folds(page) {
  for (const details of page.querySelectorAll("details")) {
    if (details.matches(".hide, .dt-file"))
      details.replaceWith(...details.querySelectorAll(".cell_output"));
    else {
      details.querySelectorAll(".sd-summary-state-marker").forEach((e) => e.remove());
      renamed(details.querySelector("summary"), "div").classList.add("dt-unfolded");
      renamed(details, "div");
    }
  }
  page.querySelectorAll("div.cell").forEach((cell) => {
    if (!cell.textContent.trim() && !cell.querySelector("svg, img, table")) cell.remove();
  });
}

// The title page and the list of contents say what the landing page says on a screen.
function landing() {
  const page = document.querySelector(".dt-page");
  page.querySelectorAll(".dt-shelf").forEach((e) => e.remove());
  page.querySelectorAll(".dt-doors, .dt-map").forEach((e) => e.closest("section")?.remove());
}

// What is short stays on one sheet; what is long must be let over the edge.
function short(page) {
  for (const [selector, lines] of Object.entries(SHORT))
    for (const box of page.querySelectorAll(selector)) {
      const rows = box.querySelectorAll("tr").length || box.textContent.trim().split("\n").length;
      if (rows <= lines) box.classList.add("dt-short");
    }
}

// A formula is a picture for who listens; its name is how it was written. What is hidden from a
// screen reader has no tag in a PDF, and neither has what a stylesheet writes, as with MathJax's fonts.
function speak() {
  for (const { math, typesetRoot } of MathJax.startup.document.math) {
    typesetRoot.querySelector("mjx-assistive-mml")?.remove();
    const drawing = typesetRoot.querySelector("svg");
    drawing.removeAttribute("aria-hidden");
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", math.trim().replace(/\s+/g, " "));
  }
}

function book() {
  document.querySelectorAll(".headerlink, .dt-times, .dt-page script").forEach((e) => e.remove());
  landing();
  for (const page of document.querySelectorAll(".dt-page")) {
    uniqueNames(page);
    inside(page);
    folds(page);
    moves(page);
    solutions(page);
    headings(page);
    short(page);
  }
}
