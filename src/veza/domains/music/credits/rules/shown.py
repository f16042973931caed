"""Artists and credits as shown: by the profiles that confirmed them, otherwise as names."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from veza.core.ids import ReleaseId, TrackId
from veza.core.people import Appearance
from veza.core.visibility import CreditState
from veza.domains.auth.accounts.models import NamedMember, show_named_member
from veza.domains.music.credits.models import (
    ARTIST,
    AskedArtist,
    AskedCredit,
    AskedCredits,
    Credit,
    CreditedArtist,
    CreditedKind,
    CreditRequest,
    CreditRole,
    NamedCredit,
    ShownCredit,
    StoredCreditRequest,
)

_ATTACHED = (" ", ",", ";", ":", ")")


class _Joined(Protocol):
    """A name, and what is between it and the next one."""

    @property
    def name(self) -> str: ...
    @property
    def join(self) -> str: ...


def show_artists(
    owner: NamedMember, line: str | None, credited: Sequence[ShownCredit] | None
) -> list[CreditedArtist]:
    """Return the displayed artists: those credited, else the line of a name, else the owner."""
    if credited is not None:
        artists = [
            CreditedArtist(_profile_of(each), each.name, each.join)
            for each in credited
            if each.role == ARTIST
        ]
        if artists:
            return artists
    if line is not None:
        return [CreditedArtist(None, line, "")]
    return [CreditedArtist(owner, owner.display_name, "")]


def show_credits(credited: Sequence[ShownCredit] | None) -> list[Credit]:
    """Return the contributors besides the displayed artists."""
    return [
        Credit(_profile_of(each), each.name, CreditRole(each.role), each.instrument)
        for each in credited or ()
        if each.role != ARTIST
    ]


def show_asked(owner: NamedMember, line: str | None, named: Sequence[NamedCredit]) -> AskedCredits:
    """Return the artists and credits of an item as its owner sees them."""
    artists = [
        AskedArtist(each.profile, each.name, each.join_phrase, each.profile and each.state)
        for each in named
        if each.role == ARTIST
    ]
    others = [
        AskedCredit(
            each.profile,
            each.name,
            CreditRole(each.role),
            each.instrument,
            each.profile and each.state,
        )
        for each in named
        if each.role != ARTIST
    ]
    if not artists and line is not None:
        artists = [AskedArtist(None, line, "", None)]
    if not artists:
        artists = [AskedArtist(owner, owner.display_name, "", CreditState.CONFIRMED)]
    return AskedCredits(artists, others)


def write_line(artists: Sequence[_Joined]) -> str:
    """Return artists in one line, with blanks around joins that were entered without."""
    last = len(artists) - 1
    parts = (each.name + _space(each.join, at < last) for at, each in enumerate(artists))
    return "".join(parts)


def list_names(credited: Iterable[ShownCredit] | None) -> list[str]:
    """Return the different names of all artists and contributors."""
    return list(dict.fromkeys(each.name for each in credited or ()))


def show_request(stored: StoredCreditRequest) -> CreditRequest:
    """Return a credit as the profile that it names sees it."""
    is_track = stored.kind is CreditedKind.TRACK
    return CreditRequest(
        id=stored.id,
        track_id=TrackId(stored.item_id) if is_track else None,
        release_id=None if is_track else ReleaseId(stored.item_id),
        title=stored.title,
        role=stored.role,
        name=stored.name,
        instrument=stored.instrument,
        state=stored.state,
        profile=stored.profile,
        owner=stored.owner,
        created_at=stored.created_at,
    )


def _space(join: str, is_inner: bool) -> str:
    if not join:
        return ", " if is_inner else ""
    before = "" if join.startswith(_ATTACHED) else " "
    after = " " if is_inner and not join.endswith((" ", "(")) else ""
    return f"{before}{join}{after}"


def _profile_of(credit: ShownCredit) -> NamedMember | None:
    if credit.user_id is None or credit.username is None:
        return None
    appearance = Appearance(credit.display_name, credit.avatar_id)
    return show_named_member(credit.user_id, credit.username, appearance)
