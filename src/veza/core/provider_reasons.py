"""The reasons that providers give for refusals."""

_MAX_LENGTH = 500


def clean_reason(said: str | None) -> str:
    """Return a provider's reason as one line of at most 500 characters; never empty."""
    text = " ".join((said or "").replace("\0", "").split()) or "The provider didn't say why."
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 1] + "…"
