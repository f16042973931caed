"""Checks the form of ISRC, UPC and EAN codes, and the check digit of the latter two."""

import re

# ISO 3901, with or without hyphens. The first two letters are no longer a country code.
_ISRC = re.compile(r"[A-Za-z]{2}-?[A-Za-z0-9]{3}-?[0-9]{2}-?[0-9]{5}")
# A UPC is an EAN without its leading zero. Releases have either.
_UPC = re.compile(r"[0-9]{12,13}")


def list_isrc_problems(text: str) -> list[str]:
    """Return the problems of an ISRC."""
    if _ISRC.fullmatch(text):
        return []
    return ["An ISRC has two letters, three letters or digits, and seven digits: USRC17607839."]


def list_upc_problems(text: str) -> list[str]:
    """Return the problems of a UPC or an EAN."""
    if not _UPC.fullmatch(text):
        return ["A UPC has 12 digits, an EAN has 13."]
    expected = _check_digit(text[:-1])
    if text[-1] != expected:
        return [f"The last digit has to be {expected}, as the others add up."]
    return []


def _check_digit(digits: str) -> str:
    """Return the check digit: from the right, every other digit counts three times."""
    weighed = (int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return str(-sum(weighed) % 10)
