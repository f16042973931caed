"""Reads what an ID token, and the answer of the userinfo endpoint, say about a person."""

from collections.abc import Mapping
from typing import Any

from veza.core.provider_claims import ProviderClaims

_NAMES = ("preferred_username", "nickname", "name", "given_name")
_MAX_TEXT = 254
_MAX_ITEMS = 500


def read_claims(found: Mapping[str, Any], groups_claim: str | None) -> ProviderClaims:
    """Return the claims that this server uses. Those of another type than expected are left out.

    Only `email_verified: true` verifies an address: not a text, nor any other value.
    """
    names = (_text(found.get(name)) for name in _NAMES)
    groups = found.get(groups_claim) if groups_claim is not None else None
    return ProviderClaims(
        issuer=str(found["iss"]),
        subject=str(found["sub"]),
        email=_text(found.get("email")),
        email_verified=found.get("email_verified") is True,
        names=tuple(name for name in names if name is not None),
        groups=_texts(groups),
        amr=_texts(found.get("amr")),
        acr=_text(found.get("acr")),
    )


def lacks_any(found: Mapping[str, Any], groups_claim: str | None) -> bool:
    """Return whether a token lacks what the userinfo endpoint may tell."""
    return "email" not in found or (groups_claim is not None and groups_claim not in found)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_TEXT else None


def _texts(value: object) -> frozenset[str]:
    """Return the texts in a list; a text alone counts as a list of it."""
    items: list[object] = [value] if isinstance(value, str) else []
    if isinstance(value, list):
        items = list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    texts = (_text(item) for item in items[:_MAX_ITEMS])
    return frozenset(text for text in texts if text is not None)
