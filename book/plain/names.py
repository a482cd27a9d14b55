"""What each reference of a chapter says and where it leads, as Sphinx resolves it on the page.

A name is ``role:target`` and stands for pieces of text, each with an address or none:
``"numref:fig-bn-sigmoid": [["Figure 7.1", "https://…/batch_norm.html#fig-bn-sigmoid"]]``.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import urljoin

from docutils import nodes
from docutils.utils import new_document
from sphinx.addnodes import pending_xref

Pieces = list[list[str | None]]


def names(app, docname: str, site: str) -> dict[str, Pieces]:
    """Every name that the chapter uses, and its own equations and exercises; `site` ends in /."""
    page = urljoin(site, app.builder.get_target_uri(docname))
    asked = _asked(app.env.get_doctree(docname))
    resolved = _resolve(app, docname, asked.values())
    return {
        name: [[text, urljoin(page, to) if to else None] for text, to in pieces]
        for name, pieces in zip(asked, resolved, strict=True)
    }


def _asked(doctree: nodes.document) -> dict[str, pending_xref]:
    """A question for each name: those of the text, and what labels in it are called."""
    questions = {}
    for xref in doctree.findall(pending_xref):
        said = f"{xref.astext()} <{xref['reftarget']}>"
        target = said if xref.get("refexplicit") else xref["reftarget"]
        questions.setdefault(f"{_role(xref)}:{target}", xref)
        if _role(xref) == "cite" and "," in target:  # JupyterLab shows each work by itself
            for key in (key.strip() for key in target.split(",")):
                questions.setdefault(f"cite:{key}", _question("cite", "p", key))
    for block in doctree.findall(nodes.math_block):
        if label := block.get("label"):
            questions.setdefault(f"eq:{label}", _question("math", "eq", label))
    for block in doctree.findall(nodes.Element):
        if block.tagname == "exercise_enumerable_node":
            label = block["label"]
            questions.setdefault(f"ref:{label}", _question("std", "ref", label))
    return questions


def _role(xref: pending_xref) -> str:
    return {"p": "cite", "t": "cite:t"}.get(xref["reftype"], xref["reftype"])


def _question(domain: str, kind: str, target: str) -> pending_xref:
    about = {"refdomain": domain, "reftype": kind, "reftarget": target, "refexplicit": False}
    return pending_xref("", nodes.inline("", target), refwarn=True, **about)


def _resolve(app, docname: str, asked: Iterable[pending_xref]) -> list:
    """Have Sphinx resolve the references, one a paragraph, in a document of their own."""
    document = new_document(app.env.doc2path(docname))
    document.settings.env = app.env
    paragraphs = [nodes.paragraph("", "", xref.deepcopy()) for xref in asked]
    document += paragraphs  # extensions may add nodes of their own behind them
    app.env.resolve_references(document, docname, app.builder)
    return [list(_pieces(paragraph)) for paragraph in paragraphs]


def _pieces(node: nodes.Node) -> Iterator[tuple[str, str | None]]:
    if isinstance(node, nodes.reference):
        to = node.get("refuri") or f"#{node['refid']}"
        yield node.astext(), to
    elif isinstance(node, nodes.Text):
        yield node.astext(), None
    else:
        for child in node.children:
            yield from _pieces(child)
