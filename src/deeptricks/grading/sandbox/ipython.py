"""Cells as IPython reads them: magics, shell lines and question marks, by its own transformer.

This happens before the sandbox, where there is no IPython. What comes out calls `get_ipython()`;
the one that the sandbox has (`cells`) runs what `%time` and its like are to run, and nothing else.
"""

import re
import token

from IPython.core.inputtransformer2 import TransformerManager, make_tokens_by_line

OF_A_CELL = ("%%time", "%%timeit", "%%capture", "%%prun")  # what they run is Python
MAYBE = re.compile(  # a cell without any of these is Python already: most are, and tokens take time
    r"^\s*([%!?,;/]|>>>|In \[|(pip|conda|mamba|uv)\s)|\?\s*$|=\s*[%!]|\A(\s*\n)?[ \t]", re.MULTILINE
)
AUTOMAGIC = ("pip", "conda", "mamba", "uv")  # IPython takes them for magics without a %


def as_python(source: str) -> str:
    """The cell as Python, in as many lines; as it is where IPython cannot read it either.

    Below `%%time`, `%%timeit`, `%%capture` and `%%prun` stands Python; below other magics of a
    cell (`%%bash`, `%%writefile`, …) nothing that a check could need.
    """
    if not MAYBE.search(source):
        return source
    above = ""
    while source.lstrip().startswith("%%"):
        magic, _, rest = source.lstrip().partition("\n")
        name, *words = magic.split()
        if name not in OF_A_CELL:
            return ""
        kept = name == "%%capture" and words and words[-1].isidentifier()
        above += f"{words[-1]} = get_ipython()\n" if kept else "\n"
        source = rest
    try:
        return above + TransformerManager().transform_cell(_with_automagic(source))
    except Exception:  # of the tokenizer, on what is no Python: the sandbox tells the error
        return above + source


def _with_automagic(source):
    """With a % before `pip install …` and its like: two names in a row, which Python has not."""
    lines = source.splitlines(keepends=True)
    for tokens in make_tokens_by_line(lines):
        words = [t for t in tokens if t.type not in (token.INDENT, token.DEDENT)][:2]
        if words and words[0].string in AUTOMAGIC and words[-1].type == token.NAME:
            row, column = words[0].start
            if len(words) == 2:
                lines[row - 1] = f"{lines[row - 1][:column]}%{lines[row - 1][column:]}"
    return "".join(lines)
