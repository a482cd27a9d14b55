"""Files that are fetched once and verified always.

A file is used only if its decompressed content has the published hash, whether it was just
downloaded or has been in the folder for years. A download that breaks goes on where it stopped,
now or in the next process; one that is complete but wrong is thrown away.
"""

import gzip
import hashlib
import os
import zlib
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import requests
import urllib3
from filelock import FileLock

from deeptricks.lab import progress

CONNECT_SECONDS = 10
STALL_SECONDS = 20  # without one byte
CHUNK = 64 * 1024
BREAKS = 10  # connections that may break on one mirror, each after having brought something


class DataUnavailable(RuntimeError):  # noqa: N818 - it says what is the matter
    """A file is neither in the folder nor to be had; the message says what to do."""


@dataclass(frozen=True)
class Remote:
    """A dataset's files: md5 of each one's decompressed content, and where to get them."""

    name: str
    mirrors: tuple[str, ...]
    md5: dict[str, str]


def root() -> Path:
    """Return the folder that DEEPTRICKS_DATA names, otherwise the user's cache folder."""
    named = os.environ.get("DEEPTRICKS_DATA")
    return Path(named or platformdirs.user_cache_dir("deeptricks", appauthor=False)).expanduser()


def fetch(remote: Remote, name: str) -> bytes:
    """Return the decompressed, verified content of one of `remote`'s gzip files.

    It is read from `<root>/<dataset>/<name>` or downloaded to there. Nothing is written where the
    file is good, so the folder may be read-only.

    Raises
    ------
    DataUnavailable
        If it is neither there nor to be had.
    """
    path, md5 = root() / remote.name / name, remote.md5[name]
    content = verified(path, md5)
    if content is not None:
        return content
    failures = [f"{path} is {'corrupt' if path.exists() else 'missing'}"]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            with suppress(NotImplementedError):  # without flock, older filelocks give up; so do we
                stack.enter_context(FileLock(path.with_name(name + ".lock")))
            content = verified(path, md5)  # another process may have fetched it meanwhile
            for mirror in remote.mirrors if content is None else ():
                content = download(mirror + name, path, md5, failures)
                if content is not None:
                    break
    except OSError as error:  # the folder cannot be made or written, the disk is full
        failures.append(f"{type(error).__name__}: {error}")
    if content is None:
        raise DataUnavailable(advice(remote, failures))
    return content


def download(url: str, path: Path, md5: str, failures: list[str]) -> bytes | None:
    """Download to `path`, and return the content; on failure None, the reasons in `failures`."""
    part = path.with_name(path.name + ".part")
    for _ in range(BREAKS):
        before = size(part)
        try:
            receive(url, part)
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            # ValueError: a header that means nothing, such as a Location that is no address
            failures.append(f"{url}: {type(error).__name__}: {error}")
            if size(part) > before:
                continue  # it brought something: ask for the rest
            return None
        content = verified(part, md5)
        if content is not None:
            os.replace(part, path)  # at once, so that nobody ever sees half a file
            return content
        part.unlink()
        failures.append(f"{url}: what came has not the right hash")
        if before == 0:
            return None  # otherwise the older piece may be at fault: once more, from the start
    return None


def receive(url: str, part: Path) -> None:
    """Append to `part` what it lacks of `url`, or write it anew where the server sends it all."""
    have = size(part)
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    timeout = (CONNECT_SECONDS, STALL_SECONDS)
    with requests.get(url, headers=headers, timeout=timeout, stream=True) as response:
        if response.status_code == 416:  # nothing after what we have: it is whole, or too long
            return
        response.raise_for_status()
        goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if not goes_on:
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        with open(part, "ab" if goes_on else "wb") as file:
            with progress.bar(total, part.stem, "B") as bar:
                bar.update(have)
                # raw, because a server may call the .gz an encoding, which requests would undo
                for chunk in response.raw.stream(CHUNK, decode_content=False):
                    file.write(chunk)
                    bar.update(len(chunk))
            file.flush()
            os.fsync(file.fileno())  # the name must not reach the disk before the content


def verified(path: Path, md5: str) -> bytes | None:
    """Return the decompressed content of `path` if its hash is right, otherwise None."""
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error):
        return None
    right = hashlib.md5(content, usedforsecurity=False).hexdigest() == md5
    return content if right else None


def size(path: Path) -> int:
    """Bytes of the file, 0 where there is none."""
    return path.stat().st_size if path.exists() else 0


def advice(remote: Remote, failures: list[str]) -> str:
    """Say what is missing, where we looked, and what to do."""
    named = "DEEPTRICKS_DATA" if os.environ.get("DEEPTRICKS_DATA") else "the default"
    reasons = "\n".join(f"  - {reason}" for reason in failures)
    return (
        f"The dataset {remote.name} is not complete here and could not be downloaded.\n"
        f"Folder: {root() / remote.name} ({named})\n"
        f"What happened:\n{reasons}\n"
        "What to do: connect to the internet and run this again (a broken download goes on where "
        "it stopped), or set the environment variable DEEPTRICKS_DATA to a folder that has the "
        f"files, or copy them into the folder above:\n  {' '.join(remote.md5)}"
    )
