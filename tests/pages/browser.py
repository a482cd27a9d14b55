"""A site on a loopback port and a browser that looks at it."""

import contextlib
import functools
import gzip
import http.server
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("DEEPTRICKS_SITE", ROOT / "_build" / "html"))
AXE = "axe_playwright_python/axe.min.js"
PACKED = (".woff2", ".png", ".jpg", ".webp", ".gz")  # gzip makes these no smaller


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serve(folder: Path):
    """The address at which ``folder`` is served meanwhile."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@dataclass
class Visit:
    """One page as a browser met it."""

    page: object
    base: str
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def weight(self, folder: Path) -> int:
        """Compressed bytes of everything that the page loaded from ``folder``."""
        paths = {urlsplit(url).path for url in self.requests if url.startswith(self.base)}
        files = [folder / path.lstrip("/") for path in paths]
        return sum(_compressed(file, file.stat().st_mtime_ns) for file in files)


@functools.cache
def _compressed(file: Path, version: int) -> int:
    data = file.read_bytes()
    return len(data) if file.suffix in PACKED else len(gzip.compress(data, 6))


@contextlib.contextmanager
def visit(browser, base, path, width=1280, theme="light", height=900, script="", **settings):
    """Open one page, wait until it is still, and note what it asked for and said.

    ``script`` runs before the page's own; ``settings`` are those of Playwright's ``new_context``.
    """
    settings = {"color_scheme": theme, "reduced_motion": "reduce"} | settings
    context = browser.new_context(viewport={"width": width, "height": height}, **settings)
    page = context.new_page()
    page.add_init_script(script)
    seen = Visit(page, base)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda m: seen.messages.append(f"{m.type}: {m.text} {m.location['url']}"))
    page.on("pageerror", lambda error: seen.messages.append(f"error: {error}"))
    page.route(lambda url: not url.startswith((base, "data:")), lambda route: route.abort())
    page.goto(base + path, wait_until="load")
    page.evaluate("document.fonts.ready")
    page.evaluate("window.MathJax?.startup?.promise")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
    yield seen
    context.close()
