"""Plain notebooks beside the site, in plain/<part>/<chapter>.ipynb; buttons that lead to them.

Colab opens notebooks from GitHub alone: the publishing workflow puts the folder on the branch
`plain` of the repository. The page's download is the file of the site itself.
"""

import hashlib
import json
from pathlib import Path
from urllib.parse import urljoin

import nbformat
from sphinx.errors import ExtensionError

from book.plain.names import names
from book.plain.notebook import plain_notebook
from book.sphinx_address import addresses
from book.sphinx_executed import notebooks

FOLDER = "plain"
BRANCH = "plain"
NAMES = "names.json"  # beside the site; `python -m book.lab --names` takes it to JupyterLab
COLAB = "https://colab.research.google.com/github/{}/blob/{}/{}.ipynb"
GITHUB = "https://github.com/"


def short(docname: str) -> str:
    """<part>/<chapter>, the same on the branch and in the folder of the site."""
    return docname.removeprefix("chapters/")


def _lead(app, pagename, templatename, context, doctree):
    """The theme's buttons would hand out the chapter's source, which only JupyterLab shows well."""
    if pagename not in notebooks(app):
        return
    app.builder.plain_due = {*getattr(app.builder, "plain_due", ()), pagename}
    owner_and_name = _urls(app)["Repository"].removeprefix(GITHUB)
    for button in _buttons(context.get("header_buttons", [])):
        if button.get("text") == "Colab":
            button["url"] = COLAB.format(owner_and_name, BRANCH, short(pagename))
        elif button.get("text") == ".ipynb":
            button["url"] = f"{'../' * pagename.count('/')}{FOLDER}/{short(pagename)}.ipynb"


def _buttons(buttons: list[dict]) -> list[dict]:
    return [b for button in buttons for b in (button, *_buttons(button.get("buttons", [])))]


def _write(app, exception):
    """After the pages, and with them: what makes Sphinx write a page again may change a number."""
    if exception or app.builder.name != "html":
        return
    kept = Path(app.outdir).parent / NAMES
    known = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    due = getattr(app.builder, "plain_due", ())
    for docname in notebooks(app):
        target = Path(app.outdir) / FOLDER / f"{short(docname)}.ipynb"
        if docname in due or not target.exists() or short(docname) not in known:
            known[short(docname)] = _write_one(app, docname, target)
    current = {short(docname): known[short(docname)] for docname in notebooks(app)}
    kept.write_text(json.dumps(current, ensure_ascii=False, indent=0) + "\n", "utf-8")


def _write_one(app, docname: str, target: Path) -> dict:
    source, site = Path(app.srcdir) / f"{docname}.ipynb", _urls(app)["Documentation"] + "/"
    resolved = names(app, docname, site)
    page = urljoin(site, app.builder.get_target_uri(docname))
    try:
        made = plain_notebook(nbformat.read(source, 4), resolved, page, source.parent)
    except ValueError as error:
        raise ExtensionError(str(error)) from error
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, target)
    return resolved


def _urls(app) -> dict[str, str]:
    return addresses(Path(app.srcdir) / "pyproject.toml")


def _version() -> str:
    """Changes with the code of the plain notebooks, upon which all are written again."""
    code = sorted((Path(__file__).parent / "plain").glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()


def setup(app):
    app.add_config_value("plain_version", _version(), "html")
    app.connect("html-page-context", _lead, priority=990)
    app.connect("build-finished", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
