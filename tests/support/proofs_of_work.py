"""Solves challenges of proofs of work, as clients do."""

import hashlib
import itertools


def solve(challenge: str, bits: int) -> str:
    """Find a solution the way that the documentation tells."""
    return next(
        text
        for text in map(str, itertools.count())
        if int.from_bytes(hashlib.sha256(f"{challenge}:{text}".encode()).digest()) >> (256 - bits)
        == 0
    )
