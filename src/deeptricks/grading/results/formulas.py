"""Formulas as MathML: a browser shows it and reads it aloud, without a script and a network."""

import re

from latex2mathml.converter import convert

# Code comes first: a dollar in it begins no formula.
FORMULA = re.compile(r"(`[^`]*`)|\$\$(.+?)\$\$|(?<!\\)\$(?![\s$])([^$\n]+?)(?<!\s)\$", re.DOTALL)
FOR_MARKDOWN = str.maketrans({"*": "&#42;", "_": "&#95;", "|": "&#124;", "`": "&#96;"})


def with_mathml(text: str) -> str:
    """Markdown with its formulas in MathML; one that cannot be read stays as it is written."""
    return FORMULA.sub(_formula, text)


def _formula(match):
    code, display, inline = match.groups()
    if code:
        return code
    latex = " ".join((display or inline).split()).replace("{aligned}", "{align}")
    try:
        return convert(latex, display="block" if display else "inline").translate(FOR_MARKDOWN)
    except Exception:  # the converter knows no error of its own
        return match[0]
