"""The words of a docstring as reStructuredText: names in backticks become links, the rest is safe.

Our docstrings are written to be read in a terminal: |M| is a modulus and `shift` may be a bias or
a function. A name becomes a link where it can mean one thing only.
"""

import re
from collections.abc import Callable, Collection, Iterator

FRAMEWORKS = (
    *("torch", "torchvision", "sklearn", "numpy", "scipy", "pandas", "joblib", "matplotlib"),
    *("optuna",),
)
SHORT = {"nn": "torch.nn", "np": "numpy", "pd": "pandas", "optim": "torch.optim"}
PIECES = re.compile(
    r"(?P<role>:[\w:]+:`[^`]+`)|(?P<code>``[^`]+``)|(?P<name>`[^`\n]+`(?!_))|(?P<link>`[^`]+`__?)|"
    r"(?P<other>[^`:]+|.)"
)
# A framework's name in running text, without backticks.
BARE = re.compile(rf"(?<![\w.])(?:{'|'.join((*FRAMEWORKS, *SHORT))})(?:\.\w+)+")
HEAD = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
# In reStructuredText a substitution, a link, and emphasis that has no end.
NO_MARKUP = re.compile(
    r"(?P<strong>(?<![\w*])(\*\*?)(?=[\w\\]).+?(?<=\S)\2(?!\w))|\||(?<=\w)_(?!\w)|(?<!\\)\*"
)
INITIAL = re.compile(r"^(\s*[A-Za-z])\.(?= |$)")  # C. is a name, and no third item of a list
RULE = re.compile(r"\s*=+(?: +=+)+\s*")  # of a table


def framework_name(text: str) -> str | None:
    """The full name of something of a framework, or None: nn.Linear is torch.nn.Linear."""
    first, _, rest = text.partition(".")
    first = SHORT.get(first, first)
    return f"{first}.{rest}" if rest and first.split(".")[0] in FRAMEWORKS else None


def mentioned(text: str) -> Iterator[str]:
    """Each framework's name in a docstring, in full."""
    for found in BARE.findall(text):
        if full := framework_name(found):
            yield full


def linked(lines: list[str], full_name: Callable[[str], str | None]) -> Iterator[str]:
    """Lines of a docstring, after numpydoc; `full_name` gives what a name is documented as.

    Literal blocks and directives stay as they are.
    """
    inside = None  # the indent of what opened a block
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if inside is not None and (not line.strip() or indent > inside):
            yield line
            continue
        opens = re.match(r"\s*\.\. |.*::\s*$|\s*>>> ", line)
        inside = indent if opens else None
        safe = INITIAL.sub(r"\1\\.", line)
        yield line if opens else "".join(_piece(p, full_name) for p in PIECES.finditer(safe))


def _piece(piece: re.Match, full_name: Callable[[str], str | None]) -> str:
    if piece["role"] or piece["code"] or piece["link"]:
        return piece[0]
    if piece["name"]:
        text = piece[0].strip("`")
        head = HEAD.match(text)
        full = full_name(head[0]) if head else None
        return f":py:obj:`{text} <{full}>`" if full else f"``{text}``"
    safe = NO_MARKUP.sub(lambda m: m[0] if m["strong"] else f"\\{m[0]}", piece[0])
    return BARE.sub(lambda found: _bare(found[0], full_name), safe)


def _bare(text: str, full_name: Callable[[str], str | None]) -> str:
    full = full_name(text)
    return f":py:obj:`{text} <{full}>`" if full else text


def resolver(public: dict[str, str], own: Collection[str]) -> Callable[[str], str | None]:
    """What a name in backticks is documented as: `own` (arguments, attributes) are no links."""

    def full_name(text: str) -> str | None:
        if text.split(".")[0] in own:
            return None
        return framework_name(text) or public.get(text)

    return full_name


def with_examples(lines: list[str]) -> Iterator[str]:
    """Lines of a docstring, before numpydoc: what is set apart in its text is shown as it stands.

    An indented paragraph is code, a table keeps its columns.
    """
    heads = [n for n, line in enumerate(lines) if n and re.fullmatch(r"-{3,}", line)]
    text = lines[: heads[0] - 1] if heads else lines
    block, last = "", "::"
    for before, line in zip(["", *text], text, strict=False):
        if not before.strip() and line.strip():
            apart = "    " if line.startswith("    ") else "" if not RULE.match(line) else "table"
            if apart and not block and not last.endswith("::"):
                yield from ("::", "")
            block, last = apart, line
        last = line if line.strip() else last
        yield f"    {line}" if block == "table" and line.strip() else line
    yield from lines[len(text) :]
