import pytest

from book.execution import ROOT, chapters
from book.sphinx_techniques import with_code
from book.techniques import PARTS, techniques

EVERYTHING = [technique for part in PARTS for technique in techniques(part)]


def test_every_part_of_the_package_is_indexed():
    package = ROOT / "src" / "deeptricks"
    rooms = {p.name for p in package.iterdir() if (p / "__init__.py").exists()}
    assert rooms - {"lab", "grading"} == set(PARTS)


def test_every_public_name_says_what_it_is():
    assert [t.name for t in EVERYTHING if len(t.does) < 15] == []


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("StandardScaler", "sklearn.preprocessing.StandardScaler"),
        ("AdamW", "torch.optim.AdamW"),
        ("OneCycleLR", "torch.optim.lr_scheduler.OneCycleLR"),
        ("BatchNorm2d", "torch.nn.BatchNorm2d"),
        ("kaiming_normal_", "torch.nn.init.kaiming_normal_"),
        ("DropBlock2d", "torchvision.ops.DropBlock2d"),
        ("RandomCrop", "torchvision.transforms.v2.RandomCrop"),
        ("Maxout", None),
    ],
)
def test_the_counterpart_is_the_frameworks(name, instead):
    (found,) = [t for t in EVERYTHING if t.name == name]
    assert found.instead_of == instead


def test_names_lead_to_chapters_that_use_them():
    known = {f"chapters/{p.relative_to(ROOT / 'chapters').with_suffix('')}": p for p in chapters()}
    lost = {t.docname for t in EVERYTHING} - set(known)
    assert lost == {  # shared by several chapters of their part
        "chapters/signal/gaussian",
        "chapters/signal/recorder",
        "chapters/architectures/counting",
    }


def test_backticks_become_code():
    made = with_code("Like `a`, or ``b``.")
    assert [n if isinstance(n, str) else (n.tagname, n.astext()) for n in made] == [
        "Like ", ("literal", "a"), ", or ", ("literal", "b"), ".",
    ]  # fmt: skip
