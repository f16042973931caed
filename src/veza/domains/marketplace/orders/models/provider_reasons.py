"""The reasons that providers give for refusals."""

_MAX_LENGTH = 500


def clean_reason(reason: str | None) -> str:
    """Return a provider's reason as a line of at most `_MAX_LENGTH` characters, never empty."""
    text = " ".join((reason or "").replace("\0", "").split()) or "The provider gave no reason."
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 1] + "…"
