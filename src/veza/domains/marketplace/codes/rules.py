"""Codes as a file, and whether one can be redeemed."""

from collections.abc import Sequence

from veza.domains.marketplace.codes.errors import CodeExpired, CodeUsed
from veza.domains.marketplace.codes.models import StoredCode


def write_csv(codes: Sequence[str]) -> str:
    """Return a CSV file of codes."""
    return "".join(f"{line}\r\n" for line in ("code", *codes))


def ensure_usable(code: StoredCode) -> None:
    """Raise CodeUsed or CodeExpired."""
    if code.order_id is not None:
        raise CodeUsed
    if code.is_expired:
        raise CodeExpired
