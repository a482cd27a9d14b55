import re
from pathlib import Path

import pytest

from deeptricks.practice.debugging import ranking
from deeptricks.practice.debugging.codes import CODES, finding

SOURCE = Path(ranking.__file__).parent


def test_there_are_forty_codes_and_each_says_what_to_do():
    assert len(CODES) == 40
    for code, line in CODES.items():
        assert all((line.meaning, line.cure, line.cure_code)), code
        assert line.severity in ("fatal", "major", "minor")
        assert re.fullmatch(r"[a-z]+/[a-z_]+", line.read), code


def test_every_code_is_found_by_some_probe_and_no_probe_knows_another():
    text = "".join(
        path.read_text("utf-8")
        for path in SOURCE.glob("*.py")
        if path.name not in ("codes_data.py", "codes_training.py", "ranking.py")
    )
    used = set(re.findall(r'"((?:data|model|loss|optimizer|loop|init)\.[a-z_]+)"', text))
    assert used == set(CODES)


def test_ranking_speaks_of_known_codes_only():
    named = set(ranking.EXPLAINS) | {code for codes in ranking.EXPLAINS.values() for code in codes}
    assert named <= set(CODES)


def test_confidence_stays_between_0_and_1():
    assert finding("loss.sign", 1.7, "").confidence == 1.0
    with pytest.raises(KeyError):
        finding("loss.unknown", 0.5, "")
