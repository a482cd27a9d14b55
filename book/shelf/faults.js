// What would be wrong on paper, as a list of sentences: asked before the book is printed.
"use strict";

const RAW = /\{(cite|numref|ref|doc|eq|term|prf)[:}]|^:::|\$\$|\\([([]|[a-z]{2})|\$[^$\s][^$]*\$|```/m;
const WRITTEN = "pre, code, svg, style, script, mjx-container"; // what may look like source
const BOXES = "pre, td, th, figure, svg, img, p, li, div.math mjx-container, h1, h2, h3, h4";

function where(element) {
  const page = element.closest(".dt-page")?.id ?? "in front";
  return `${page}: ${element.textContent.trim().replace(/\s+/g, " ").slice(0, 80)}`;
}

// Wider than the text: the sheet, or the box around it, would cut it.
function cut() {
  const edge = document.documentElement.clientWidth + 1;
  return [...document.querySelectorAll(BOXES)]
    .filter((box) => !box.parentElement.closest("svg, mjx-container"))
    .filter((box) => {
      const clipped = getComputedStyle(box).overflowX !== "visible";
      const scrolls = box.scrollWidth > box.clientWidth + 2 && box.clientWidth;
      return box.getBoundingClientRect().right > edge || (scrolls && (clipped || box.matches("pre")));
    })
    .map((box) => `<${box.tagName.toLowerCase()}> is cut at the right, ${where(box)}`);
}

function raw() {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (RAW.test(data) && !parentElement.closest(WRITTEN))
      found.push(`raw source, ${where(parentElement)}`);
  }
  return found;
}

function formulas() {
  const unset = [...document.querySelectorAll(".math")].filter((e) => !e.querySelector("mjx-container"));
  const wrong = [...document.querySelectorAll("mjx-merror, [data-mjx-error]")];
  return [...unset, ...wrong].map((formula) => `formula is not set, ${where(formula)}`);
}

function dead() {
  const links = [...document.querySelectorAll('a[href^="#"]')]
    .filter((link) => !document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1))))
    .map((link) => `link leads nowhere: ${link.getAttribute("href")}, ${where(link)}`);
  const controls = [...document.querySelectorAll("main :is(input, select, button, summary)")]
    .filter((control) => control.checkVisibility())
    .map((control) => `<${control.tagName.toLowerCase()}> on paper, ${where(control)}`);
  return [...links, ...controls];
}

function twice() {
  const met = new Set();
  return [...document.querySelectorAll("[id]")]
    .filter(({ id }) => met.has(id) || !met.add(id))
    .map((element) => `two places are called ${element.id}`);
}

const faults = () => [...cut(), ...raw(), ...formulas(), ...dead(), ...twice()];
