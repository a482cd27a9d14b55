"""The built site asks no other host for anything, and its pages forbid it to themselves."""

import base64
import hashlib
import importlib.util
import re
import shutil
from pathlib import Path

MATHJAX = ("tex-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions")
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)([^>]*)>(.*?)</script>", re.DOTALL)
PRINT = 'onclick="window.print()"'  # book.js listens instead: the policy allows no handlers
TOGGLE = '<summary><span class="toctree-toggle"'  # pages below a page: without a name
NAMED_TOGGLE = TOGGLE.replace("<summary>", '<summary aria-label="Pages below this one">')
SELF = "'self'"
UNWANTED = ("thebe", "THEBE_JS_URL")
# The theme's stylesheet draws the same icons from a font, at a quarter of the weight.
ICON_SCRIPT = re.compile(r"<(script|link)[^>]*fontawesome\.js[^>]*>(</script>)?")
CHATTY = (
    *("scripts/pydata-sphinx-theme.js", "scripts/sphinx-book-theme.js"),
    *("togglebutton.js", "searchtools.js"),
)
REPORT = re.compile(r"console\.(log|info|debug)\(")
QUIET = "void (() => {})("

REDIRECT = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Deep Tricks</title>
<meta http-equiv="refresh" content="0; url={0}"><link rel="canonical" href="{0}">
</head><body><main><h1>Deep Tricks</h1><p><a href="{0}">Open the book</a></p></main></body></html>
"""


def _drop_unwanted(app, pagename, templatename, context, doctree):
    """Thebe would fetch itself from another host; no page offers it."""
    for kind in ("script_files", "css_files"):
        context[kind] = [f for f in context.get(kind, []) if not _unwanted(f)]


def _unwanted(file):
    text = f"{getattr(file, 'filename', file)} {getattr(file, 'attributes', {}).get('body')}"
    return any(word in text for word in UNWANTED)


def policy(page: str) -> str:
    """A Content-Security-Policy for one page: its own files, and its inline scripts by hash."""
    scripts = {body for kind, body in INLINE_SCRIPT.findall(page) if "json" not in kind}
    allowed = sorted(_hash(code) for code in scripts)
    return (
        "default-src 'self'; img-src 'self' data:; font-src 'self' data:; "
        "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; "
        f"form-action 'self'; script-src {' '.join([SELF, *allowed])}"
    )


def _hash(code):
    digest = hashlib.sha256(code.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _finish(app, exception):
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    _copy_mathjax(site / "_static" / "mathjax")
    for name in CHATTY:
        _silence(site / "_static" / name)
    (site / "index.html").write_text(REDIRECT.format(f"{app.config.master_doc}.html"), "utf-8")
    for file in site.rglob("*.html"):
        page = file.read_text("utf-8")
        if "_static" not in file.parts and "Content-Security-Policy" not in page:
            page = _mended(page)
            meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(page)}">'
            file.write_text(page.replace("<head>", f"<head>\n{meta}", 1), "utf-8")


def _mended(page: str) -> str:
    page = INLINE_SCRIPT.sub(lambda script: REPORT.sub(QUIET, script[0]), page)
    page = ICON_SCRIPT.sub("", page).replace(TOGGLE, NAMED_TOGGLE)
    return page.replace("doc-biblioentry", "listitem").replace(PRINT, "data-print")


def _silence(script: Path):
    """The theme reports its own doings on the console, where a reader looks for faults."""
    code = script.read_text("utf-8")
    script.write_text(REPORT.sub(QUIET, code), "utf-8")


def _copy_mathjax(target: Path):
    """What a page can load: a tenth of what the package sphinx-mathjax-offline carries."""
    package = importlib.util.find_spec("sphinx-mathjax-offline")
    source = Path(package.origin).parent / "static" / "mathjax"
    for name in MATHJAX:
        if (target / name).exists():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (source / name).is_dir() else shutil.copyfile
        copy(source / name, target / name)


def _note_own_files(app, config):
    """Sphinx writes all pages again when a value of the configuration changed, never for a file."""
    files = sorted(p for p in (Path(app.srcdir) / "book" / "static").rglob("*") if p.is_file())
    config.own_files = _hash("".join(_hash(path.read_bytes().hex()) for path in files))


def _add_own_files(app):
    """Every script and stylesheet in book/static is on every page, after the theme's."""
    for file in sorted((Path(app.srcdir) / "book" / "static").iterdir()):
        if file.suffix == ".css":
            app.add_css_file(file.name, priority=900)
        elif file.suffix == ".js":
            app.add_js_file(file.name, priority=900, defer="defer")


def setup(app):
    app.add_config_value("own_files", "", "html")
    app.connect("config-inited", _note_own_files)
    app.connect("builder-inited", _add_own_files)
    app.connect("html-page-context", _drop_unwanted, priority=990)
    app.connect("build-finished", _finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
