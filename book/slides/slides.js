// A deck: reveal.js, the book's figures in it, and formulas typeset before anything is shown.
"use strict";

const OURS = ".dt-explore input";

// Where a slider or a choice has the keyboard, reveal.js leaves the keys alone. Two ways lead out:
// Escape, and the keys of a presenter's remote control, which turn the page in any case.
function leave(event) {
  const control = event.target.closest?.(OURS);
  if (!control || !["Escape", "PageDown", "PageUp"].includes(event.key)) return;
  control.blur();
  event.preventDefault();
  event.stopImmediatePropagation();
  if (event.key === "PageDown") Reveal.next();
  if (event.key === "PageUp") Reveal.prev();
}

function enter() {
  const first = ":is(input[type=range], input:checked)";
  Reveal.getCurrentSlide().querySelector(`.dt-explore ${first}`)?.focus();
}

function theme(name) {
  document.documentElement.dataset.theme = name;
}

const dark = () => document.documentElement.dataset.theme === "dark";

// Paper is light.
function printing() {
  let shown = null;
  window.addEventListener("beforeprint", () => {
    shown = document.documentElement.dataset.theme;
    theme("light");
  });
  window.addEventListener("afterprint", () => theme(shown));
}

// The window with the notes copies them as they are, without the styles of this file.
function notesForTheirWindow() {
  document.querySelectorAll("aside.notes mjx-assistive-mml").forEach((e) => e.remove());
  document.querySelectorAll("aside.notes mjx-container").forEach((e) => (e.style.display = "inline"));
}

// What scrolls can be reached with the keyboard.
function scrollers() {
  document.querySelectorAll(".reveal pre").forEach((e) => {
    if (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1) e.tabIndex = 0;
  });
}

theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
document.addEventListener("keydown", leave, true);
printing();
window.deck = MathJax.startup.promise
  .then(() => MathJax.typesetPromise())
  .then(notesForTheirWindow)
  .then(() =>
    Reveal.initialize({
      width: 1280,
      height: 720,
      margin: 0,
      center: false,
      controls: false,
      display: "flex",
      hash: true,
      slideNumber: "c/t",
      transition: "none",
      backgroundTransition: "none",
      pdfSeparateFragments: false,
      plugins: [RevealNotes],
    }),
  )
  .then(() => {
    scrollers();
    Reveal.addKeyBinding({ keyCode: 69, key: "E", description: "Explore: the figure's settings" }, enter);
    Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Dark or light" }, () =>
      theme(dark() ? "light" : "dark"),
    );
    Reveal.on("slidechanged", () => document.activeElement.matches?.(OURS) && document.activeElement.blur());
  });
