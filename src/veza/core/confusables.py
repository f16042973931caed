"""Compares names by their looks: names that can be taken for each other share a skeleton.

A skeleton is bounded by `confusables.txt`, which has the letters and digits that look like Latin
ones (Unicode Technical Standard 39). Names in a script that has no such letters are compared
without case, accents and punctuation. Errors are on the safe side: some names that differ in looks,
such as `Ali` and `All`, have the same skeleton.
"""

import unicodedata
from importlib import resources

_FILE = resources.files("veza.core") / "confusables.txt"
# By the letter: what it looks like.
_LOOKS = {
    ord(letter): looks
    for line in _FILE.read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for looks, _, letters in [line.partition(" ")]
    for letter in letters
}
# Letters and digits that are told apart by their neighbours only.
_ALIKE = {ord("0"): "o", ord("1"): "l", ord("i"): "l", ord("j"): "l", ord("|"): "l"}
_PAIRS = (("rn", "m"), ("vv", "w"))


def list_skeletons(name: str) -> frozenset[str]:
    """Return the skeletons of a name: as it is written, in lower and in upper case.

    A letter may look like another one in one case only, as the Greek eta does.
    """
    return frozenset(_find_skeleton(each) for each in (name, name.casefold(), name.upper()))


def _find_skeleton(text: str) -> str:
    plain = _strip(text.translate(_LOOKS))
    folded = _strip(plain.translate(_LOOKS).casefold()).translate(_LOOKS)
    letters = "".join(char for char in folded if char.isalnum() or char == "|")
    alike = letters.translate(_ALIKE)
    for pair, single in _PAIRS:
        alike = alike.replace(pair, single)
    # A name of signs alone is compared as it is.
    return alike or "".join(folded.split())


def _strip(text: str) -> str:
    """Return a text without accents, and with all compatibility characters replaced."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
