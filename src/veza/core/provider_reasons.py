"""What companies say of why they do nothing, as it is kept, and shown to those whom it concerns."""

_MAX_LENGTH = 500


def clean_reason(said: str | None) -> str:
    """Write a company's words down: in one line, not too long, and never none."""
    text = " ".join((said or "").replace("\0", "").split()) or "The provider didn't say why."
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 1] + "…"
