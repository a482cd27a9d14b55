// Explorable figures without a kernel: native controls choose among frames drawn ahead.
"use strict";

function explorable(root) {
  const frames = JSON.parse(root.querySelector('script[type="application/json"]').textContent).frames;
  const controls = root.querySelector(".dt-controls");
  const sliders = [...controls.querySelectorAll(".dt-slider, .dt-choice")];
  const figure = root.querySelector(".dt-figure");
  const description = root.querySelector(".dt-description");
  const announcement = root.querySelector(".dt-announce");
  let shown = null;
  let timer = null;

  // Each control as [index, number of values]; the last one varies fastest, as in the frames.
  function state(control) {
    const range = control.querySelector("input[type=range]");
    if (range) return [Number(range.value), Number(range.max) + 1];
    const options = [...control.querySelectorAll("input[type=radio]")];
    return [options.findIndex((option) => option.checked), options.length];
  }

  function name(control) {
    const range = control.querySelector("input[type=range]");
    if (!range) return;
    const text = range.list.options[Number(range.value)].label;
    control.querySelector("output").value = text;
    range.setAttribute("aria-valuetext", text);
  }

  function draw() {
    sliders.forEach(name);
    const frame = sliders.map(state).reduce((sum, [index, count]) => sum * count + index, 0);
    if (frame === shown) return false;
    shown = frame;
    figure.innerHTML = frames[frame];
    description.textContent = figure.firstElementChild.getAttribute("aria-label");
    return true;
  }

  controls.addEventListener("input", () => {
    if (!draw()) return;
    clearTimeout(timer); // dragging announces only where it comes to rest
    timer = setTimeout(() => (announcement.textContent = description.textContent), 300);
  });
  controls.disabled = false;
  draw();
}

document.addEventListener("DOMContentLoaded", () =>
  document.querySelectorAll(".dt-explore").forEach(explorable),
);
