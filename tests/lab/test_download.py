"""Downloads: whole, verified, resumed, or one clear error."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from deeptricks.lab import download
from deeptricks.lab.download import DataUnavailable, fetch
from tests.lab.bad_mirror import CONTENT, NAME, PACKED, Mirror, files, isolate, remote


@pytest.fixture
def mirror():
    with ExitStack() as stack:
        yield lambda *answers: stack.enter_context(Mirror(*answers))


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    isolate(monkeypatch, tmp_path)


def ranges(mirror):
    return [span for _, span in mirror.requests]


def test_downloads_once_and_then_reads_the_folder(mirror, tmp_path):
    server = mirror()
    assert fetch(remote(server), NAME) == CONTENT
    assert fetch(remote(server), NAME) == CONTENT
    assert server.requests == [(f"/{NAME}", None)]
    assert files(tmp_path) == {NAME}


@pytest.mark.parametrize("breaks", ["truncate", "stall", "disconnect"])
def test_a_broken_download_goes_on_where_it_stopped(mirror, tmp_path, breaks):
    server = mirror(breaks)
    assert fetch(remote(server), NAME) == CONTENT
    first, second = ranges(server)
    assert first is None
    have = int(second.removeprefix("bytes=").removesuffix("-"))
    assert 0 < have <= len(PACKED) // 2
    assert files(tmp_path) == {NAME}


def test_breaks_again_and_again(mirror):
    server = mirror("truncate", "stall", "truncate")
    assert fetch(remote(server), NAME) == CONTENT
    assert len(server.requests) == 4


def test_starts_anew_where_the_server_cannot_go_on(mirror):
    server = mirror("truncate", "ignore range")
    assert fetch(remote(server), NAME) == CONTENT
    assert len(server.requests) == 2


def test_an_unannounced_end_is_not_taken_for_the_whole(mirror):
    bad, good = mirror("no length"), mirror()
    assert fetch(remote(bad, good), NAME) == CONTENT
    assert len(good.requests) == 1


@pytest.mark.parametrize(
    "answer", ["corrupt", "another file", "404", "500", "503", "bad length", "bad location"]
)
def test_the_next_mirror_takes_over(mirror, tmp_path, answer):
    bad, good = mirror(answer), mirror()
    assert fetch(remote(bad, good), NAME) == CONTENT
    assert (len(bad.requests), ranges(good)) == (1, [None])
    assert files(tmp_path) == {NAME}


def test_the_next_mirror_goes_on_with_what_the_first_brought(mirror):
    bad, good = mirror("truncate", "404"), mirror()
    assert fetch(remote(bad, good), NAME) == CONTENT
    assert ranges(good)[0].startswith("bytes=")


def test_a_piece_left_by_a_killed_process_is_used(mirror, tmp_path):
    part = tmp_path / "data" / "toy" / (NAME + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(PACKED[:123_456])
    server = mirror()
    assert fetch(remote(server), NAME) == CONTENT
    assert ranges(server) == ["bytes=123456-"]


@pytest.mark.parametrize("garbage", [b"x" * 1000, b"x" * 1_000_000], ids=["short", "too long"])
def test_a_piece_that_is_wrong_is_thrown_away(mirror, tmp_path, garbage):
    part = tmp_path / "data" / "toy" / (NAME + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(garbage)
    server = mirror()
    assert fetch(remote(server), NAME) == CONTENT
    assert ranges(server) == [f"bytes={len(garbage)}-", None]
    assert files(tmp_path) == {NAME}


def test_a_whole_piece_that_was_never_renamed_is_used(mirror, tmp_path):
    part = tmp_path / "data" / "toy" / (NAME + ".part")
    part.parent.mkdir(parents=True)
    part.write_bytes(PACKED)
    assert fetch(remote(mirror()), NAME) == CONTENT
    assert files(tmp_path) == {NAME}


def test_a_server_that_only_corrupts_leaves_nothing_behind(mirror, tmp_path):
    server = mirror(*["corrupt"] * 20)
    with pytest.raises(DataUnavailable, match="not the right hash"):
        fetch(remote(server), NAME)
    assert len(server.requests) == 1
    assert files(tmp_path) == set()


def test_a_server_that_never_ends_well_is_left(mirror):
    server = mirror(*["truncate"] * 100)
    with pytest.raises(DataUnavailable):
        fetch(remote(server), NAME)
    assert len(server.requests) <= download.BREAKS


def test_a_stall_is_noticed_in_time(mirror):
    server = mirror(*["stall"] * 3)
    begin = time.monotonic()
    fetch(remote(server), NAME)
    assert time.monotonic() - begin < 5


def test_a_file_system_without_locks_is_written_to_without_one(mirror, tmp_path, monkeypatch):
    class NoLock(download.FileLock):
        def _acquire(self):
            raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(download, "FileLock", NoLock)
    assert fetch(remote(mirror()), NAME) == CONTENT
    assert files(tmp_path) == {NAME}


def test_two_processes_download_once(mirror, tmp_path):
    server = mirror("slow")
    code = (  # an empty stand-in for the package deeptricks.lab: it would import torch, 4 s
        "import sys, types\n"
        "sys.modules['deeptricks.lab'] = types.ModuleType('deeptricks.lab')\n"
        f"sys.modules['deeptricks.lab'].__path__ = [{str(Path(download.__file__).parent)!r}]\n"
        "from deeptricks.lab.download import Remote, fetch\n"
        f"got = fetch(Remote('toy', ({server.url!r},), {remote().md5!r}), {NAME!r})\n"
        "print(len(got))"
    )
    start = [sys.executable, "-c", code]
    both = [subprocess.Popen(start, stdout=subprocess.PIPE, env=os.environ) for _ in range(2)]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == [b"400000"] * 2
    assert len(server.requests) == 1
    assert files(tmp_path) == {NAME}
