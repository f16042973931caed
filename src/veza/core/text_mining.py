"""The reservation of text and data mining: TDMRep (W3C Community Group, final report of 2024-02).

Directive (EU) 2019/790, article 4, lets anybody mine what is public unless its owner reserves that
in a form that machines read.
"""

from enum import StrEnum

from msgspec import Struct

HEADER = "tdm-reservation"
POLICY_HEADER = "tdm-policy"
# For crawlers that look for these words in the page, not for the TDM protocol.
NO_AI_META = '<meta name="robots" content="noai, noimageai">'


def reserved(owner: str) -> str:
    """Return the column of what the profile that owns an item reserves; `owner` is SQL of its id.

    It is read by the key of the profile, with the item.
    """
    return f"coalesce((select p.tdm_reserved from profiles p where p.id = {owner}), false)"  # noqa: S608 - of the code


class MinedKind(StrEnum):
    """The kinds of items that a profile owns, and how they are named: by an id or a handle."""

    TRACK = "track"
    RELEASE = "release"
    PLAYLIST = "playlist"
    PRODUCT = "product"
    BUNDLE = "bundle"
    POST = "post"
    SHOW = "show"
    STATION = "station"
    STREAM = "stream"
    CLIP = "clip"
    PROFILE = "profile"
    HANDLE = "handle"


class MiningPolicy(Struct, frozen=True):
    """The policy of the site on text and data mining: reserved or not, and its licence terms."""

    is_reserved: bool = False
    policy_url: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers of all responses."""
        return self.headers_of(is_reserved=True) if self.is_reserved else {}

    def headers_of(self, *, is_reserved: bool) -> dict[str, str]:
        """Return the headers of something that is reserved or not."""
        if not is_reserved:
            return {}
        policy = {} if self.policy_url is None else {POLICY_HEADER: self.policy_url}
        return {HEADER: "1", **policy}
