"""Names that people are shown by: any script, but nothing that misleads its readers."""

import itertools
import unicodedata

from veza.core.errors import FieldError, Invalid

MAX_DISPLAY_NAME = 60
# More marks on one letter than any script needs cover the lines around it.
_MAX_MARKS = 4
# Between letters of Persian and Indic scripts, and of emoji; anywhere else they are invisible.
_JOINERS = "\u200c\u200d"
# Letters and signs without a visible form, and the mark that joins nothing.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Controls, formats (such as bidirectional overrides), surrogates, private and unassigned
# characters, and separators of lines.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_display_name(text: str, field: str = "display_name") -> str:
    """Return a name composed (NFC), with single spaces. Raises Invalid if it can't be shown."""
    name = clean_line(text, field)
    if not name:
        raise Invalid(details=[FieldError(field, "Give a name of 1 to 60 characters.", "empty")])
    if len(name) > MAX_DISPLAY_NAME:
        message = f"The name may have {MAX_DISPLAY_NAME} characters."
        raise Invalid(details=[FieldError(field, message, "too_long", MAX_DISPLAY_NAME)])
    if unicodedata.category(name[0]).startswith("M"):
        message = "A name can't begin with a combining mark."
        raise Invalid(details=[FieldError(field, message, "combining_mark")])
    if _count_marks(name) > _MAX_MARKS:
        message = f"A letter may carry {_MAX_MARKS} marks at most."
        raise Invalid(details=[FieldError(field, message, "too_many_marks", _MAX_MARKS)])
    return name


def clean_line(text: str, field: str) -> str:
    """Return a line composed (NFC), with single spaces; it may be empty.

    Raises Invalid for control characters, bidirectional overrides, and invisible characters.
    """
    if any(_is_refused(char) for char in text) or _has_loose_joiner(text):
        message = (
            "Leave out control characters, invisible characters, and characters that change the "
            "direction of the text."
        )
        raise Invalid(details=[FieldError(field, message, "hidden_characters")])
    return " ".join(unicodedata.normalize("NFC", text).split())


def remove_refused(text: str) -> str:
    """Return a text that others wrote, such as a tag, as a line that `clean_line` accepts."""
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(char for char in composed if not _is_refused(char))
    if _has_loose_joiner(shown):
        shown = "".join(char for char in shown if char not in _JOINERS)
    return " ".join(unicodedata.normalize("NFC", shown).split())


def _is_refused(char: str) -> bool:
    if char in _JOINERS:
        return False
    return char in _BLANKS or unicodedata.category(char) in _REFUSED


def _has_loose_joiner(text: str) -> bool:
    """Return whether a joiner is not between two visible characters."""
    around = ["", *text, ""]
    return any(
        char in _JOINERS and (not _is_visible(before) or not _is_visible(after))
        for before, char, after in zip(around, around[1:], around[2:], strict=False)
        if char
    )


def _is_visible(char: str) -> bool:
    return bool(char) and char not in _JOINERS and not char.isspace()


def _count_marks(name: str) -> int:
    """Return the length of the longest sequence of combining marks."""
    groups = itertools.groupby(name, lambda char: unicodedata.category(char) in {"Mn", "Me"})
    return max((len(list(group)) for is_mark, group in groups if is_mark), default=0)
