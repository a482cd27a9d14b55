"""Fingerprints of code by winnowing (Schleimer, Wilkerson and Aiken, SIGMOD 2003).

Of all runs of K tokens some are chosen, so that any two texts that share K + WINDOW - 1 tokens in a
row share a fingerprint. Names are numbered by first use within each run: so neither renaming nor
what stands before it changes a run.
"""

from hashlib import blake2b

from .tokens import Token, tokens

K = 16  # tokens of a run: about two statements
WINDOW = 4

Prints = dict[int, set[int]]  # fingerprint → lines where it stands


def prints(source: str) -> Prints:
    """The fingerprints of a cell; ValueError for what is no code."""
    found = tokens(source)
    runs = [found[i : i + K] for i in range(len(found) - K + 1)]
    hashes = [_hash(run) for run in runs]
    chosen: Prints = {}
    for place in _winnowed(hashes):
        lines = {token.line for token in runs[place]}
        chosen.setdefault(hashes[place], set()).update(lines)
    return chosen


def _hash(run: list[Token]) -> int:
    numbers: dict[str, int] = {}
    texts = [
        f"#{numbers.setdefault(token.text, len(numbers))}" if token.own else token.text
        for token in run
    ]
    return int.from_bytes(
        blake2b("\0".join(texts).encode("utf-8", "replace"), digest_size=8).digest()
    )


def _winnowed(hashes: list[int]) -> set[int]:
    """The place of the smallest hash of each window, the last one where several are equal."""
    windows = range(max(1, len(hashes) - WINDOW + 1)) if hashes else ()
    return {
        min(range(start, min(start + WINDOW, len(hashes))), key=lambda i: (hashes[i], -i))
        for start in windows
    }
