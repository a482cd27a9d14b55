"""The book's public addresses, read from the one place where they stand: pyproject.toml.

Whoever publishes a copy changes ``[project.urls]`` there: the links to the repository, the launch
buttons, the canonical addresses and the social cards follow.
"""

import html
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx.errors import ConfigError
from sphinxext.opengraph._meta_parser import get_meta_description

NEEDED = ("Repository", "Documentation")


def addresses(pyproject: Path) -> dict[str, str]:
    """``{"Repository": …, "Documentation": …}``, without trailing slashes.

    Raises ConfigError where one is missing or is not an https address.
    """
    urls = tomllib.loads(pyproject.read_text("utf-8"))["project"].get("urls", {})
    for name in NEEDED:
        if not str(urls.get(name, "")).startswith("https://"):
            raise ConfigError(
                f"{pyproject.name}: [project.urls] must give {name} as an https address, "
                f"got {urls.get(name)!r}"
            )
    return {name: urls[name].rstrip("/") for name in NEEDED}


def set_addresses(app, config):
    urls = addresses(Path(app.srcdir) / "pyproject.toml")
    site = urls["Documentation"] + "/"
    config.html_baseurl = config.ogp_site_url = site
    config.ogp_image = site + "_static/card.png"
    # Set here, for options given in _config.yml would replace those that jupyter-book computes.
    config.html_theme_options |= {
        "repository_url": urls["Repository"],
        "repository_branch": "main",
        "use_repository_button": True,
        "use_issues_button": True,
        "use_edit_page_button": True,
        "use_fullscreen_button": False,
        "home_page_in_toc": True,
        "navbar_persistent": [],
        "show_toc_level": 2,
        "logo": {"text": "Deep Tricks", "alt_text": ""},
        "pygments_light_style": "a11y-high-contrast-light",
        "pygments_dark_style": "a11y-high-contrast-dark",
        "search_bar_text": "Search the book",
    }


def describe(app, pagename, templatename, context, doctree):
    """A page that gives no description is described by its first paragraph, in plain words."""
    if doctree is None:
        return
    given = get_meta_description(context["metatags"])
    paragraph = next(iter(doctree.findall(nodes.paragraph)), None)
    text = html.escape(given or (plain(paragraph)[:200] if paragraph else ""), quote=True)
    context["meta"] = dict(context.get("meta") or {}) | {"og:description": text}
    if not given:
        context["metatags"] += f'<meta name="description" content="{text}" />\n'


def plain(node) -> str:
    """The text of a node for a place that shows no formulas: they are left out."""
    parts = ("…" if isinstance(t.parent, nodes.math) else t for t in node.findall(nodes.Text))
    return " ".join("".join(parts).split())


def setup(app):
    app.connect("config-inited", set_addresses)
    app.connect("html-page-context", describe, priority=400)  # before sphinxext.opengraph
    return {"parallel_read_safe": True, "parallel_write_safe": True}
