"""What must hold on a page. Each check returns what is wrong, as a list of sentences."""

import contextlib
import re
from importlib.metadata import distribution
from pathlib import Path

from playwright.sync_api import TimeoutError

from tests.pages.browser import AXE, Visit

BUDGET = 1_500_000
SHORTEST_ALT = 40
FOREIGN = re.compile(
    r"<(?!a\b|meta\b)(?P<tag>\w+)\b[^>]*?\b(?:src|href|data|srcset)\s*=\s*[\"']?(?:https?:)?//[^\"'>\s]+",
    re.IGNORECASE,
)


def foreign_files(html: str) -> list[str]:
    """Anything but a hyperlink that names another host, found in the text itself."""
    html = re.sub(r"<link[^>]*rel=[\"']?canonical[^>]*>", "", html)
    return [f"names another host: {match[0][:150]}" for match in FOREIGN.finditer(html)]


def foreign_requests(visit: Visit) -> list[str]:
    ours = (visit.base, "data:", "blob:")
    return [f"asks another host: {url}" for url in visit.requests if not url.startswith(ours)]


def messages(visit: Visit) -> list[str]:
    return [f"says on the console: {message}" for message in visit.messages]


# A page has thousands of colored words of code, and axe looks at every element a hundred times.
# Words of one class on one kind of block look alike: the first that can be seen stands for all.
ONE_OF_A_KIND = """() => {
  const met = new Set();
  for (const word of [...document.querySelectorAll("pre span")]) {
    const kind = `${word.closest("pre").parentElement.className} ${word.className}`;
    if (met.has(kind)) word.replaceWith(...word.childNodes);
    else if (word.checkVisibility()) met.add(kind);
  }
  document.querySelectorAll("pre").forEach((block) => block.normalize());
}"""


def accessibility(visit: Visit) -> list[str]:
    """What axe finds; afterwards most of the code is without its colors."""
    script = Path(distribution("axe-playwright-python").locate_file(AXE)).read_text("utf-8")
    visit.page.evaluate(script)
    visit.page.evaluate(ONE_OF_A_KIND)
    # preloading asks for the stylesheets again, at wrong places
    run = "axe.run({resultTypes: ['violations'], preload: false}).then(r => r.violations)"
    found = visit.page.evaluate(run)
    return [
        f"axe {violation['id']}: {node['html'][:160]} {node['failureSummary'][:240]}"
        for violation in found
        for node in violation["nodes"][:3]
    ]


def weight(visit: Visit, folder: Path) -> list[str]:
    total = visit.weight(folder)
    return [f"weighs {total / 1e6:.2f} MB compressed, budget 1.50"] if total > BUDGET else []


ALTERNATIVES = """() => {
  const found = [];
  for (const figure of document.querySelectorAll("main figure, main .dt-figure"))
    if (!figure.querySelector("img, svg[role=img], [role=img]")) found.push(["figure", ""]);
  for (const image of document.querySelectorAll("article img, article svg[role=img]")) {
    const alt = image.getAttribute("aria-label") ?? image.getAttribute("alt") ?? "";
    found.push([image.tagName.toLowerCase(), alt]);
  }
  for (const svg of document.querySelectorAll(".dt-figure svg:not([role=img])"))
    if (!svg.parentElement.closest("svg")) found.push(["svg", ""]);
  return found;
}"""


def alternatives(visit: Visit) -> list[str]:
    """Every picture in the text says in words what it shows."""
    file_name = re.compile(r"\S+\.(png|svg|jpe?g|gif|webp)", re.IGNORECASE)
    return [
        f"<{kind}> has no real alternative text: {alt!r}"
        for kind, alt in visit.page.evaluate(ALTERNATIVES)
        if len(alt.strip()) < SHORTEST_ALT or file_name.fullmatch(alt.strip())
    ]


OVERFLOW = """() => {
  const found = [], wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) found.push("the page scrolls sideways");
  const boxes = (e) => ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(e).overflowX);
  for (const e of document.querySelectorAll("main *")) {
    const box = e.getBoundingClientRect();
    if (!box.width || box.right <= wide + 1) continue;
    if (e.closest("svg *, mjx-assistive-mml, .bd-sidebar-secondary")) continue;
    let above = e.parentElement;
    while (above && !boxes(above)) above = above.parentElement;
    if (!above) found.push(`${e.tagName} .${e.className} ends at ${Math.round(box.right)} px`);
  }
  for (const e of document.querySelectorAll("article div, article table, article pre")) {
    const style = getComputedStyle(e);
    if (["hidden", "clip"].includes(style.overflowX) && e.clientWidth > 2 &&
        e.scrollWidth > e.clientWidth + 2) found.push(`${e.tagName} .${e.className} is clipped`);
  }
  return [...new Set(found)].slice(0, 5);
}"""


def overflow(visit: Visit) -> list[str]:
    """Nothing leaves the screen except inside a box of its own that scrolls."""
    return visit.page.evaluate(OVERFLOW)


CODE = """() => [...document.querySelectorAll("article pre")]
  .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.textContent.split("\\n").reduce((a, b) => b.length > a.length ? b : a))"""


def code(visit: Visit) -> list[str]:
    """No line of code is cut: on a screen of 1280 pixels 88 characters have room."""
    return [f"{len(line)} characters are cut: {line.strip()}" for line in visit.page.evaluate(CODE)]


LETTERS = """() => [...document.querySelectorAll(".dt-figure svg")].map(svg => {
  const sizes = [...svg.querySelectorAll("text")].map(t => {
    const turned = t.getScreenCTM();
    return parseFloat(getComputedStyle(t).fontSize) * Math.hypot(turned.c, turned.d);
  });
  return [Math.min(...sizes), svg.getAttribute("aria-label").slice(0, 60)];
}).filter(([size]) => size < 9.8)"""


def letters(visit: Visit) -> list[str]:
    """What is written in a figure is, in CSS pixels, at least 10 high (rounded)."""
    found = visit.page.evaluate(LETTERS)
    return [f"figure with letters of {size:.1f} px: {alt}" for size, alt in found]


EQUATIONS = """() => [...document.querySelectorAll("article div.math mjx-container")]
  .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
  .map(e => {
    const before = e.closest("section").querySelector("h1, h2, h3, h4").textContent;
    const size = `${e.scrollWidth} of ${e.clientWidth} px`;
    return `${size}, under ${before}: ${e.textContent.slice(0, 60)}`;
  })"""


def equations(visit: Visit) -> list[str]:
    """No equation is cut: a long one is broken over lines."""
    return [f"equation is cut: {text}" for text in visit.page.evaluate(EQUATIONS)]


UNFOLD = """() => {
  document.querySelectorAll("button.toggle-button-hidden").forEach((button) => button.click());
  document.querySelectorAll("main details").forEach((details) => (details.open = true));
  return new Promise((done) => setTimeout(done, 300));
}"""


def unfold(visit: Visit):
    """Open what is folded, solutions and code, so that it is looked at as well."""
    visit.page.evaluate(UNFOLD)


MATHS = """() => [
  [...document.querySelectorAll(".math")].filter(e => !e.querySelector("mjx-container")).length,
  document.querySelectorAll("mjx-merror, [data-mjx-error]").length]"""


def mathematics(visit: Visit) -> list[str]:
    raw, wrong = visit.page.evaluate(MATHS)
    found = [f"{raw} formulas are not typeset"] if raw else []
    return found + ([f"{wrong} formulas are in error"] if wrong else [])


STATE = """root => {
  const range = root.querySelector("input[type=range]");
  const picture = root.querySelector(".dt-figure svg");
  return [picture.innerHTML, picture.getAttribute("aria-label"),
          root.querySelector("[aria-live]").textContent,
          [...root.querySelectorAll("input[type=range]")].map(r => r.ariaValueText).join()];
}"""


MOVED = f"([root, before, n]) => !({STATE})(root).slice(0, n).some((now, i) => now === before[i])"
RESTS_MS = 400  # the announcement waits for the hand to rest, and must be over before the next move
MOVES_MS = 3_000  # at most: on a busy machine it comes later


SET = """(slider, value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""


def explorables(visit: Visit) -> list[str]:
    """Every control changes the picture, its name and what is announced, by key and by mouse."""
    found = []
    for root in visit.page.query_selector_all(".dt-explore"):
        where = root.get_attribute("data-name")
        for control in root.query_selector_all("input[type=range]"):
            start = control.evaluate("e => e.value")
            found += _moves(visit, root, f"{where}: slider by key", lambda c=control: _key(c))
            found += _moves(visit, root, f"{where}: slider by mouse", lambda c=control: _drag(c))
            control.evaluate(SET, start)  # at an end of a slider a choice may make no difference
            visit.page.wait_for_timeout(RESTS_MS)
        for choice in root.query_selector_all(".dt-choice"):
            chosen = choice.query_selector("input:checked")
            found += _moves(visit, root, f"{where}: choice by key", lambda c=chosen: _key(c))
            other = choice.query_selector("label:has(input:not(:checked))")
            found += _moves(visit, root, f"{where}: choice by mouse", other.click)
    return found


def _moves(visit, root, what, act) -> list[str]:
    names = ["the picture", "its alternative text", "the announcement"]
    names += ["aria-valuetext"] if "slider" in what else []
    before = root.evaluate(STATE)
    act()
    visit.page.wait_for_timeout(RESTS_MS)
    with contextlib.suppress(TimeoutError):
        visit.page.wait_for_function(MOVED, arg=[root, before, len(names)], timeout=MOVES_MS)
    after = root.evaluate(STATE)
    same = [name for name, a, b in zip(names, before, after, strict=False) if a == b]
    return [f"{what} leaves {name} as it was" for name in same]


def _key(control):
    control.focus()
    at_end = control.get_attribute("type") == "range" and control.evaluate("e => e.value == e.max")
    control.press("ArrowLeft" if at_end else "ArrowRight")


def _drag(control):
    box = control.bounding_box()
    right = control.evaluate("e => e.value / e.max < 0.5")
    control.click(position={"x": box["width"] * (0.97 if right else 0.03), "y": box["height"] / 2})
