"""The folder of data: never trusted, never written to without need, and named when it lacks."""

import gzip
import sys

import pytest

from deeptricks.lab import download
from deeptricks.lab.download import DataUnavailable, fetch
from tests.lab.bad_mirror import CONTENT, NAME, PACKED, Mirror, isolate, remote


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    isolate(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    "stored",
    [PACKED[:-1000], b"", PACKED[:5000] + b"?" + PACKED[5001:], gzip.compress(b"other")],
    ids=["truncated", "empty", "corrupt", "another file"],
)
def test_a_bad_file_in_the_folder_is_never_used(tmp_path, stored):
    path = tmp_path / "data" / "toy" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(stored)
    with pytest.raises(DataUnavailable, match="is corrupt"):
        fetch(remote("http://no-such-host.invalid/"), NAME)
    with Mirror() as mirror:
        assert fetch(remote(mirror), NAME) == CONTENT
    assert path.read_bytes() == PACKED


def test_offline_says_what_is_missing_where_and_what_to_do(tmp_path):
    with pytest.raises(DataUnavailable) as caught:
        fetch(remote("http://no-such-host.invalid/a/", "http://no-such-host.invalid/b/"), NAME)
    message = str(caught.value)
    for part in (
        "toy",
        str(tmp_path / "data" / "toy"),
        f"{NAME} is missing",
        f"http://no-such-host.invalid/a/{NAME}",
        f"http://no-such-host.invalid/b/{NAME}",
        "DEEPTRICKS_DATA",
        "copy",
    ):
        assert part in message


def test_a_folder_that_cannot_be_made_is_said(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("DEEPTRICKS_DATA", str(tmp_path / "file"))
    with pytest.raises(DataUnavailable, match=str(tmp_path / "file")):
        fetch(remote(), NAME)


def test_a_complete_folder_is_not_written_to(tmp_path):
    folder = tmp_path / "data" / "toy"
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(PACKED)
    assert fetch(remote(), NAME) == CONTENT
    assert [path.name for path in folder.iterdir()] == [NAME]  # not even a lock


def test_the_default_folder_is_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("DEEPTRICKS_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert download.root() == tmp_path / "deeptricks"
    assert "deeptricks" in str(download.root())
