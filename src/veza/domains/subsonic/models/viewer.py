"""The caller of the API."""

from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import UserId
from veza.core.signed_urls import UrlBuilder


class Viewer(Struct, frozen=True):
    """The member whose player calls, and the addresses that it can reach."""

    member: Member
    username: str
    urls: UrlBuilder

    @property
    def id(self) -> UserId:
        """The id of the member."""
        return self.member.id
