"""The languages of the web application, of mails and of push messages."""

from enum import StrEnum

_MAX_READ = 10


class Language(StrEnum):
    """The languages that the web application and mails have."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"


def find_language(accepted: str) -> Language:
    """Return the first language of an `Accept-Language` header that there is; else English."""
    parts = accepted.split(",", _MAX_READ)[:_MAX_READ]
    found = (part.strip()[:2].lower() for part in parts)
    known = (Language(each) for each in found if each in set(Language))
    return next(known, Language.ENGLISH)
