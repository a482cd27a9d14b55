"""A Markdown cell without directives, roles and labels: what any notebook viewer shows."""

import re
from pathlib import Path

from markdown_it import MarkdownIt

from book.plain.names import Pieces

ROLE = re.compile(r"\{(doc|ref|numref|eq|cite|cite:t)\}`([^`]+)`")
LABEL = re.compile(r"^\([\w:-]+\)=\n", re.MULTILINE)
FORMULA = re.compile(r"^\$\$(.*?)\$\$(?: *\(([\w:-]+)\))?", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r":([\w-]+):(?: (.*))?\n?")
FOLD = "<details>\n<summary>{}</summary>\n\n{}\n\n</details>"
# What of MyST would stand there as its source, in a viewer that does not know it.
RAW = {
    "a directive": re.compile(r"^ *(?:`{3,}|:{3,}) *\{", re.MULTILINE),
    "a role": re.compile(r"\{[\w:-]+\}`"),
    "a label": re.compile(r"^\([\w:.-]+\)=|\$\$ *\([\w:-]+\)", re.MULTILINE),
    "a link that leads nowhere": re.compile(r"\]\((?!https://|http://)[^)\s]*\)"),
    "a label for a reference": re.compile(r"(?<![\w/#-])(?:fig|eq|ex)-[a-z]+(?:-[a-z0-9]+)+"),
}
CODE = re.compile(r"^```(?! *\{).*?^```|(?<![`}])`[^`\n]+`(?!`)", re.MULTILINE | re.DOTALL)


def plain(source: str, names: dict[str, Pieces], folder: Path) -> str:
    """`source` in plain Markdown; what it includes lies relative to `folder`.

    Raises:
        ValueError: it has a directive or a reference that is not known here.
    """
    lines, parts, at = source.split("\n"), [], 0
    for token in MarkdownIt().parse(source):
        if token.type == "fence" and token.info.startswith("{"):
            start, end = token.map
            parts.append(_text("\n".join(lines[at:start]), names))
            parts.append(_directive(token.info, token.content, names, folder))
            at = end
    parts.append(_text("\n".join(lines[at:]), names))
    # An empty line on both sides: HTML would swallow the text that follows it.
    return "\n\n".join(part for part in (part.strip("\n") for part in parts) if part)


def raw(text: str) -> list[str]:
    """What a viewer would show as source: what it is, and the words around it."""
    text = CODE.sub("", text)
    return [
        f"{what}: {text[max(0, found.start() - 30) : found.end() + 30]!r}"
        for what, pattern in RAW.items()
        for found in pattern.finditer(text)
    ]


def _text(text, names):
    text = FORMULA.sub(lambda found: _formula(*found.groups(), names), LABEL.sub("", text))
    return ROLE.sub(lambda found: _linked(_named(names, found[1], found[2])), text)


def _formula(tex, label, names):
    if not label:
        return f"$${tex}$$"
    number = _named(names, "eq", label)[0][0].strip("()")
    return f"$${tex.rstrip()}\n\\tag{{{number}}}\n$$"


def _named(names, role, target):
    try:
        return names[f"{role}:{target}"]
    except KeyError:
        raise ValueError(f"{{{role}}}`{target}` is not among the references of the page") from None


def _linked(pieces):
    return "".join(f"[{text}]({address})" if address else text for text, address in pieces)


def _directive(info, content, names, folder):
    kind, _, argument = info.partition("}")
    kind, argument, options = kind[1:], argument.strip(), {}
    while option := OPTION.match(content):
        options[option[1]] = option[2]
        content = content[option.end() :]
    body = plain(content, names, folder).strip("\n")
    if kind == "exercise":
        number = _named(names, "ref", options["label"])[0][0]
        return f"**{number}** ({argument})\n\n{body}" if argument else f"**{number}**\n\n{body}"
    if kind == "solution":
        number = _named(names, "ref", argument)[0][0]
        return FOLD.format(f"Solution to {number}", body)
    if kind == "dropdown":
        return FOLD.format(_inline(argument, names), body)
    if kind == "margin":
        return "\n".join(f"> {line}".rstrip() for line in body.split("\n"))
    if kind == "include":
        return plain((folder / argument).read_text("utf-8"), names, folder).strip("\n")
    raise ValueError(f"the directive {{{kind}}} has no plain form yet")


def _inline(text, names):
    """HTML, for a place where no Markdown is read."""
    return MarkdownIt().renderInline(_text(text, names))
