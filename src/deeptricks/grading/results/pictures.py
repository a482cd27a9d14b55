"""Outputs and attachments of a student, reduced to plain text and small PNG pictures."""

import base64
import binascii
import re
import struct

from nbformat import NotebookNode
from nbformat.v4 import new_output

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LARGEST, WIDEST = 2**20, 4000  # bytes, and pixels on a side
MOST_OUTPUTS, LONGEST_TEXT = 30, 10_000
MOST_IN_ALL, MOST_TEXT, MOST_PICTURES = 600, 10**6, 8 * 2**20  # of a notebook
NO_MORE = "[the outputs of this notebook are more than a page can hold: the rest is left out]\n"
LEFT_OUT = "[an output that is neither text nor a PNG picture is left out]\n"
CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


def plain(value) -> str:
    """A text without colors and control characters, and not too long."""
    if isinstance(value, list):
        value = "".join(line for line in value[:LONGEST_TEXT] if isinstance(line, str))
    if not isinstance(value, str):
        return ""
    value = CONTROL.sub("", value[: 2 * LONGEST_TEXT])
    value = re.sub(r"[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value)
    return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + "\n[…]\n"


def png(value) -> str | None:
    """The base64 text of a PNG picture, written anew; None where it is none, or a huge one."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str) or len(value) > 2 * LARGEST:
        return None
    try:
        data = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(data) > LARGEST or data[:8] != SIGNATURE or data[12:16] != b"IHDR" or len(data) < 33:
        return None
    width, height = struct.unpack(">II", data[16:24])
    if not (0 < width <= WIDEST and 0 < height <= WIDEST):
        return None
    return base64.b64encode(data).decode()


def outputs(found) -> list[NotebookNode]:
    """What a code cell shows: text as standard output, pictures as PNG, nothing else."""
    if not isinstance(found, list):
        return []
    made = [_output(output) for output in found[:MOST_OUTPUTS] if isinstance(output, dict)]
    if len(found) > MOST_OUTPUTS:
        made.append(said(f"[{len(found) - MOST_OUTPUTS} more outputs are left out]\n"))
    return made


def _output(output):
    data = output.get("data")
    data = data if isinstance(data, dict) else output  # nbformat 3 has them side by side
    if picture := png(data.get("image/png", data.get("png"))):
        return new_output("display_data", data={"image/png": picture, "text/plain": "a picture"})
    if output.get("output_type") in ("error", "pyerr"):
        return said(f"{plain(output.get('ename'))}: {plain(output.get('evalue'))}\n")
    shown = plain(output.get("text", data.get("text/plain")))
    return said(shown or LEFT_OUT)


def within_measure(cells: list[NotebookNode]) -> None:
    """Leave out the outputs and pictures of a notebook that are beyond what a page can hold."""
    outputs_left, text_left, pictures_left = MOST_IN_ALL, MOST_TEXT, MOST_PICTURES
    for cell in cells:
        kept = []
        for output in cell.get("outputs", []):
            picture = output.get("data", {}).get("image/png", "")
            outputs_left -= 1
            pictures_left -= len(picture)
            text_left -= len(output.get("text", ""))
            if min(outputs_left, text_left, pictures_left) < 0:
                kept.append(said(NO_MORE))
                break
            kept.append(output)
        if cell.cell_type == "code":
            cell.outputs = kept
        for name, kinds in list(cell.get("attachments", {}).items()):
            pictures_left -= len(kinds["image/png"])
            if pictures_left < 0:
                del cell.attachments[name]


def said(text: str) -> NotebookNode:
    """An output of plain text."""
    return new_output("stream", name="stdout", text=text)


def attachments(found) -> dict[str, dict[str, str]]:
    """The PNG pictures that were pasted into a Markdown cell, by name."""
    if not isinstance(found, dict):
        return {}
    made = {}
    for name, kinds in list(found.items())[:MOST_OUTPUTS]:
        if isinstance(kinds, dict) and (picture := png(kinds.get("image/png"))):
            made[plain(name)[:100]] = {"image/png": picture}
    return made
