"""The reference, before Sphinx: what is public, what it mentions, what a signature says."""

import functools
import inspect
import re

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from sphinx.util.inventory import InventoryFile

from book.execution import ROOT
from book.reference import signatures, uses
from book.reference.public import ROOMS, entries, members
from book.reference.words import INITIAL, framework_name, linked, mentioned, resolver, with_examples
from book.sphinx_reference import SITES
from book.techniques import PARTS, counterpart

EVERY = [entry for room in ROOMS for entry in entries(room)]
INVENTORIES = ROOT / "book" / "inventories"
ANYWHERE = {"python"}  # has builtins, which every docstring may mention in a type


def known():
    """Every framework's name that a build can link to, by inventory."""
    found = {}
    for name in SITES:
        with (INVENTORIES / f"{name}.inv").open("rb") as file:
            inventory = InventoryFile.load(file, "", lambda *parts: "".join(parts))
        found[name] = {target for kind in inventory.values() for target in kind}
    return found


def documented(entry):
    """An entry and the members that are shown below it."""
    yield entry.thing
    for name in members(entry.thing) if inspect.isclass(entry.thing) else ():
        yield inspect.getattr_static(entry.thing, name)


@functools.cache
def needed():
    """Every name of another package that the pages mention."""
    found = set()
    for entry in (e for e in EVERY if callable(e.thing)):
        for thing in documented(entry):
            arguments, returned = signatures.signature(thing)
            found |= set(re.findall(r"~([\w.]+)", f"{arguments} {returned}"))
            found |= set(mentioned(inspect.getdoc(thing) or ""))
        if entry.room in PARTS:
            found |= {counterpart(entry.thing)} - {None}
    return {name for name in found if not name.startswith("deeptricks.")}


def test_inventories_have_what_the_pages_mention_and_no_more():
    have = known()
    every = set().union(*have.values())
    assert sorted(needed() - every) == []
    spare = {name for site, names in have.items() if site not in ANYWHERE for name in names}
    assert sorted(spare - needed()) == []


def test_every_inventory_is_used_and_every_use_has_one():
    assert {path.stem for path in INVENTORIES.glob("*.inv")} == set(SITES)


def test_every_room_and_every_name_it_exports_is_there():
    package = ROOT / "src" / "deeptricks"
    assert {p.parent.name for p in package.glob("*/__init__.py")} == set(ROOMS)
    assert {p.stem for p in (ROOT / "chapters" / "reference").glob("*.rst")} == set(ROOMS)
    addresses = [entry.address for entry in EVERY]
    assert len(addresses) == len(set(addresses))
    assert not [a for a in addresses if any(part.startswith("_") for part in a.split("."))]


def test_members_are_ours():
    layer = next(e.thing for e in entries("normalization") if e.name == "BatchNorm2d")
    assert members(layer) == ["forward"]
    kinds = (entry.thing for entry in EVERY if inspect.isclass(entry.thing))
    assert not [name for kind in kinds for name in members(kind) if name.startswith("_")]


def test_a_signature_is_as_it_was_written():
    named = {e.address: e.thing for e in EVERY}
    drop = signatures.signature(named["deeptricks.regularization.drop_block2d"])
    assert drop[0].startswith("(input: ~torch.Tensor, p: float, block_size: int, inplace: ")
    assert drop[1] == "~torch.Tensor"
    layer = signatures.signature(named["deeptricks.normalization.BatchNorm1d"])[0]
    assert layer.startswith("(num_features, eps=1e-05")  # the framework's, without its types
    block = signatures.signature(named["deeptricks.architectures.BasicBlock"])[0]
    assert "norm_layer: ~collections.abc.Callable[[int], ~torch.nn.Module]" in block  # was: Norm


def test_chapters_are_found_by_what_their_code_imports():
    found = uses.uses(ROOT)
    assert "chapters/optimization/adaptive_methods" in found["deeptricks.optimization.AdamW"]
    assert "chapters/inputs/scaling" in found["deeptricks.inputs.StandardScaler"]
    assert set().union(*found.values()) <= set(uses.titles(ROOT))
    # a name of a module below, imported by the module's name
    by_module = found["deeptricks.regularization.drop_block2d"]
    assert by_module == ["chapters/regularization/structured_dropout"]


def shown(text):
    data = {"text/plain": text, "text/markdown": "code\n\n[file](x)\n"}
    output = new_output("display_data", data)
    made = new_notebook(cells=[new_code_cell("show_source(…)", outputs=[output])])
    uses.link_sources(made)
    return made.cells[0].outputs[0].data["text/markdown"]


def test_what_a_chapter_shows_leads_to_its_entry():
    adam = "deeptricks/optimization/adaptive_methods/adam.py: Adam.direction, adam_rule, Adam"
    assert shown(adam) == (
        "code\n\n[file](x) · Reference: {py:obj}`Adam <deeptricks.optimization.Adam>`, "
        "{py:obj}`adam_rule <deeptricks.optimization.adam_rule>`\n"
    )
    private = "deeptricks/regularization/structured_dropout/drop_block.py: block_mask"
    assert shown(private) == "code\n\n[file](x)\n"


def words(*lines, own=(), public=None):
    public = public or {"Adam": "deeptricks.optimization.Adam"}
    return list(linked(list(lines), resolver(public, own)))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("like `Adam`.", "like :py:obj:`Adam <deeptricks.optimization.Adam>`."),
        ("a `nn.Linear`", "a :py:obj:`nn.Linear <torch.nn.Linear>`"),
        ("`x` is", "``x`` is"),
        ("``Adam``", "``Adam``"),
        ("M / |M| of w_", r"M / \|M\| of w\_"),
        ("(N, *, C) and *its* **x**", r"(N, \*, C) and *its* **x**"),
        ("C.", r"C\."),
        ("K. Jordan", r"K\. Jordan"),
        ("see torch.func.vmap.", "see :py:obj:`torch.func.vmap <torch.func.vmap>`."),
        (".. math:: L_{a} |x|", ".. math:: L_{a} |x|"),
        (":doc:`a_b`", ":doc:`a_b`"),
    ],
)
def test_words_of_a_docstring(text, made):
    assert words(text) == [made]


def test_an_argument_is_no_link():
    assert words("`Adam`", own={"Adam"}) == ["``Adam``"]


def test_what_is_set_apart_is_shown_as_it_stands():
    text = ["Use:", "", "    a = 1", "", "    b", "", "Then", "", "= =", "1 2", "= =", "", "Notes"]
    text += ["-----", "", "    no code"]
    assert list(with_examples(text)) == [
        *("Use:", "", "::", "", "    a = 1", "", "    b", "", "Then", ""),
        *("::", "", "    = =", "    1 2", "    = =", "", "Notes", "-----", "", "    no code"),
    ]


def test_names_of_frameworks():
    assert framework_name("nn.Linear") == "torch.nn.Linear"
    assert framework_name("torch.nn.Linear") == "torch.nn.Linear"
    assert framework_name("state.model") is None
    assert INITIAL.match("1. a list") is None
