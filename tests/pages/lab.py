"""JupyterLab as `make lab` starts it, on a copy of the chapters, and what is seen of a chapter."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from book.lab import ROOT, command, environment
from book.plain.convert import RAW

SETTINGS = {  # every cell is drawn, also those that are off the screen
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}
STARTS_S, DRAWS_MS, RUNS_MS = 120, 120_000, 600_000
KEY = re.compile(r"\b[a-z]{3,}(?:19|20)\d\d[a-z]?\b")  # of the references: ioffe2015
PATH = re.compile(r"(?:\.\./)+\w+")  # of a chapter, where its title should stand
TEXTS = """() => {
  document.querySelectorAll(".jp-Notebook details").forEach((fold) => (fold.open = true));
  return [...document.querySelectorAll(".jp-MarkdownCell .jp-RenderedMarkdown")]
    .map((cell) => cell.innerText);
}"""
DRAWN = """() => {
  const cells = [...document.querySelectorAll(".jp-MarkdownCell")];
  return cells.length > 5 && cells.every((cell) => cell.querySelector(".myst")?.textContent.trim());
}"""
# Cells whose code is folded have no number: the last of them may run when no other waits.
RAN = """() => {
  const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")];
  const kernel = document.querySelector(".jp-Notebook-ExecutionIndicator");
  return prompts.every((p) => !p.textContent.includes("*")) && kernel.dataset.status === "idle";
}"""
# A figure may come as SVG or as a picture.
PICTURE = """(slider) => {
  const output = slider.closest(".jp-OutputArea-output").closest(".jp-Cell-outputWrapper");
  return [...output.querySelectorAll("svg, img")].map((e) => e.outerHTML).join();
}"""


@contextlib.contextmanager
def served(folder: Path):
    """The address of a JupyterLab whose files and settings are in `folder`."""
    shutil.copytree(ROOT / "chapters", folder / "chapters")
    for name, setting in SETTINGS.items():
        file = folder / "settings" / name
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(setting), "utf-8")
    mine = ("config", "runtime", "data", "settings", "workspaces")
    names = [f"JUPYTER_{name.upper()}_DIR" for name in mine[:3]]
    names += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
    own = dict(zip(names, (str(folder / name) for name in mine), strict=True))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    options += ["--IdentityProvider.token=", "--ServerApp.password="]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command(options, folder / "chapters"),
            env=environment() | own,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _answers(f"http://127.0.0.1:{port}/api", server, folder / "log")
        yield f"http://127.0.0.1:{port}/"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _answers(address: str, server: subprocess.Popen, log: Path):
    until = time.monotonic() + STARTS_S
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.3)
    raise RuntimeError(f"JupyterLab does not answer:\n{log.read_text('utf-8')[-3000:]}")


@contextlib.contextmanager
def opened(browser, base: str, chapter: str):
    """A chapter whose text is drawn."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{base}lab/tree/{chapter}.ipynb?reset", wait_until="load")
    page.wait_for_function(DRAWN, timeout=DRAWS_MS)
    yield page
    context.close()


def raw(page) -> list[str]:
    """What is on the screen as its source: directives, roles, labels, formulas in error."""
    found = []
    for text in page.evaluate(TEXTS):
        for what, pattern in [*RAW.items(), ("a key of the references", KEY), ("a path", PATH)]:
            if "link" in what and "label" not in what:
                continue  # of Markdown's links the address is not on the screen
            for met in pattern.finditer(text):
                found.append(f"{what}: {text[max(0, met.start() - 30) : met.end() + 30]!r}")
    missing = page.locator('.myst [title$="Not Found"]:visible').all_text_contents()
    errors = page.locator(".jp-Notebook .katex-error:visible").all_text_contents()
    return found + [f"not found: {text}" for text in missing] + [f"formula: {e}" for e in errors]


def run_all(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(".jp-InputPrompt", has_text="[*]").first.wait_for()  # numbers of old are gone
    page.wait_for_function(RAN, timeout=RUNS_MS)
