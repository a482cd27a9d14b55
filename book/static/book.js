// What the theme leaves unnamed, unreachable or mislabeled for those who do not use eyes or mouse.
"use strict";

// The visible words are the name: an aria-label that differs from them hides them.
function unlabel() {
  const mislabeled =
    ".search-button-field[aria-label], .cell details > summary[aria-label], .theme-switch-button[aria-label]";
  document.querySelectorAll(mislabeled).forEach((element) => element.removeAttribute("aria-label"));
  document
    .querySelectorAll(".theme-switch-button")
    .forEach((button) => button.setAttribute("title", "Color mode"));
}

// The sidebar's content belongs to a landmark.
function landmark() {
  const sidebar = document.querySelector("#pst-primary-sidebar");
  if (sidebar && !sidebar.hasAttribute("role")) {
    sidebar.setAttribute("role", "region");
    sidebar.setAttribute("aria-label", "Book");
  }
}

// The theme counts pixels: with letters of twice the size its two sidebars leave text a finger wide.
function largeText() {
  const letters = parseFloat(getComputedStyle(document.documentElement).fontSize);
  if (letters < 24 || window.innerWidth / letters > 62) return;
  document.documentElement.dataset.largeText = "";
  const sidebar = document.querySelector("#pst-primary-sidebar");
  if (!sidebar || window.innerWidth < 992) return;
  sidebar.classList.add("pst-sidebar-hidden"); // the button beside the title brings it back
  sidebar.getAnimations().forEach((slide) => slide.finish()); // it was not there to slide away
}

function printing() {
  const page = document.documentElement.dataset;
  let theme = page.theme;
  window.addEventListener("beforeprint", () => {
    theme = page.theme;
    page.theme = "light"; // paper is
  });
  window.addEventListener("afterprint", () => (page.theme = theme));
  document
    .querySelectorAll("[data-print]")
    .forEach((button) => button.addEventListener("click", () => window.print()));
}

const SCROLLERS = {
  "div.math mjx-container": "Equation",
  ".pst-scrollable-table-container, .cell_output .text_html:not(:has(.dt-figure))": "Table",
  "pre": "Code",
};

// What scrolls sideways can be reached and scrolled with the keyboard, and has a name.
function scrollers() {
  for (const [selector, name] of Object.entries(SCROLLERS)) {
    document.querySelectorAll(selector).forEach((element) => {
      const wide = element.scrollWidth > element.clientWidth + 1;
      if (wide === element.hasAttribute("data-scrolls")) return;
      const own = { tabindex: "0", role: "group", "aria-label": name, "data-scrolls": "" };
      for (const [attribute, value] of Object.entries(own)) {
        if (!wide) element.removeAttribute(attribute);
        else element.setAttribute(attribute, value);
      }
    });
  }
}

document.addEventListener("DOMContentLoaded", () => {
  unlabel();
  landmark();
  largeText();
  printing();
  scrollers();
  window.MathJax?.startup?.promise.then(scrollers);
  let timer = null;
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(scrollers, 150);
  };
  window.addEventListener("resize", again);
  document.addEventListener("click", again); // something may have been unfolded
  document.addEventListener("toggle", again, true);
});
