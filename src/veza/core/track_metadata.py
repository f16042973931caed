"""Reads the metadata of recordings as people and programs write it, into one form each."""

import re
from datetime import date
from typing import Annotated

from msgspec import Meta

MIN_YEAR = 1000
MAX_YEAR = 2999
MIN_BPM = 1
MAX_BPM = 999

Isrc = Annotated[
    str,
    Meta(
        min_length=12,
        max_length=20,
        description="The International Standard Recording Code, with or without hyphens.",
        examples=["QZ-ES6-26-00017"],
    ),
]
Year = Annotated[int, Meta(ge=MIN_YEAR, le=MAX_YEAR, examples=[2026])]
Bpm = Annotated[float, Meta(ge=MIN_BPM, le=MAX_BPM, description="Beats per minute.", examples=[92])]
MusicalKey = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=20,
        description="A key such as `F#`, `A minor`, `8A` (Camelot) or `1m` (Open Key).",
        examples=["Am"],
    ),
]
Explicitness = Annotated[
    bool | None,
    Meta(
        description="Whether the lyrics are explicit; null if that is not known.", examples=[False]
    ),
]

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
_KEY = re.compile(r"([A-Ga-g]) ?(#|b|♯|♭|sharp|flat)? ?(.*)")
_IS_MINOR = {
    "": False,
    "M": False,
    "maj": False,
    "major": False,
    "m": True,
    "min": True,
    "minor": True,
}
_ACCIDENTALS = {"": "", "#": "#", "♯": "#", "sharp": "#", "b": "b", "♭": "b", "flat": "b"}
_WHEEL = re.compile(r"0?([1-9]|1[0-2])([ABabdm])")
# The keys of the Camelot wheel from 1 to 12. Open Key starts at C major, which is 8B there.
_MINOR_KEYS = ("Abm", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m")
_MAJOR_KEYS = ("B", "F#", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E")
_OPEN_KEY_OFFSET = 7


def parse_isrc(text: str) -> str | None:
    """Return an ISRC of 12 characters, such as `USRC17607839`; None if the text is none.

    Hyphens, blanks and the letters `ISRC` in front are removed.
    """
    plain = re.sub(r"[\s-]", "", text.upper()).removeprefix("ISRC")
    return plain if _ISRC.fullmatch(plain) else None


def parse_key(text: str) -> str | None:
    """Return a musical key such as `C`, `F#` or `Bbm`; None if the text is none.

    Accepts names (`A minor`), and the numbers of the Camelot wheel (`8A`) and of Open Key (`1m`).
    """
    plain = " ".join(text.split())
    found = _WHEEL.fullmatch(plain)
    if found:
        return _read_wheel(int(found[1]), found[2])
    found = _KEY.fullmatch(plain)
    if found is None:
        return None
    scale = found[3] if len(found[3]) == 1 else found[3].lower()
    if scale not in _IS_MINOR:
        return None
    return found[1].upper() + _ACCIDENTALS[found[2] or ""] + ("m" if _IS_MINOR[scale] else "")


def _read_wheel(number: int, ring: str) -> str:
    is_open_key = ring in {"d", "m"}
    index = (number - 1 + (_OPEN_KEY_OFFSET if is_open_key else 0)) % 12
    return (_MINOR_KEYS if ring in {"A", "a", "m"} else _MAJOR_KEYS)[index]


def parse_bpm(text: str) -> float | None:
    """Return beats per minute with two decimals; None if the text is no tempo."""
    plain = text.strip().replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,20})?", plain, re.ASCII):
        return None
    bpm = round(float(plain), 2)
    return bpm if MIN_BPM <= bpm <= MAX_BPM else None


def parse_year(text: str) -> int | None:
    """Return the year of a date, which begins or ends with it; None without."""
    plain = text.strip()
    day = parse_date(text)
    if day is not None:
        return day.year
    found = re.match(r"([0-9]{4})(?![0-9])", plain) or re.search(r"(?<![0-9])([0-9]{4})$", plain)
    year = int(found[1]) if found else 0
    return year if MIN_YEAR <= year <= MAX_YEAR else None


def parse_date(text: str) -> date | None:
    """Return the day of a text that begins with a date such as `2026-05-04`; None without."""
    try:
        day = date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
    return day if MIN_YEAR <= day.year <= MAX_YEAR else None


def parse_number(text: str) -> int | None:
    """Return the number of a track or disc, such as 3 of `03/12`; None without."""
    found = re.match(r"[0-9]{1,4}(?![0-9])", text.strip())
    number = int(found[0]) if found else 0
    return number or None


def parse_upc(text: str) -> str | None:
    """Return a UPC or EAN of 12 or 13 digits; None if the text is none, or has a wrong digit."""
    digits = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(r"[0-9]{12,13}", digits, re.ASCII):
        return None
    weighted = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(digits[::-1]))
    return digits if weighted % 10 == 0 else None


def parse_advisory(text: str) -> bool | None:
    """Return whether a parental advisory says explicit (True) or clean; None if it says neither."""
    plain = text.strip().lower()
    if plain in {"1", "4", "explicit", "yes", "true"}:
        return True
    return False if plain in {"2", "clean"} else None
