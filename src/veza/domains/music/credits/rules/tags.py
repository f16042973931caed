"""Reads artists and credits from the tags of files, as people and programs write them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from uuid import UUID

from msgspec import structs

from veza.core.display_names import remove_refused
from veza.core.embedded_tags import TaggedPeople, TaggedPerson
from veza.core.normalize import fold
from veza.domains.music.credits.models import (
    MAX_ARTIST_LINE,
    MAX_ARTISTS,
    MAX_CREDITED_NAME,
    MAX_CREDITS,
    MAX_INSTRUMENT,
    MAX_JOIN,
    WITH_INSTRUMENT,
    ArtistForm,
    CreditedProfile,
    CreditForm,
    CreditRole,
    EnteredCredits,
    LinkableProfile,
)
from veza.domains.music.credits.rules.shown import write_line

# What introduces guests. Other joins, such as `&`, are also parts of names.
_GUESTS = re.compile(r" (?:\()?(?:feat\.?|ft\.?|featuring) ", re.IGNORECASE)
_SEPARATOR = ";"
_ROLES = {
    "mixartist": CreditRole.REMIXER,
    "djmixer": CreditRole.DJ,
    "dj-mix": CreditRole.DJ,
    "dj mix": CreditRole.DJ,
    "mix": CreditRole.MIXING,
    "mixer": CreditRole.MIXING,
    "instrument": CreditRole.PERFORMER,
    "vocal": CreditRole.PERFORMER,
}
# The special artists of MusicBrainz, who are nobody.
_NOBODY = {"[unknown]", "[no artist]"}


def read_artists(lines: Sequence[str], names: Sequence[str]) -> list[ArtistForm]:
    """Return artists with their joins, of the line of artists and of their single names.

    If the names are in the line, what is between them joins them. Without names, several lines
    are names, and one line is split at what introduces guests only.
    """
    single = [name for name in (names or lines) if name.casefold() not in _NOBODY]
    if len(lines) == 1 and names:
        joins = _find_joins(lines[0], single)
        if joins is not None:
            return _limit(map(_make_artist, single, joins))
    if len(lines) == 1 and not names and single:
        return _limit(_split_line(single[0]))
    return _limit(_make_artist(name, "") for name in single)


def read_credits(people: Iterable[TaggedPerson]) -> list[CreditForm]:
    """Return contributors by role, each once. Unknown roles are others, who did that."""
    found: dict[tuple[str, str, str | None], CreditForm] = {}
    for person in people:
        role = _ROLES.get(person.role)
        if role is None and person.role in set(CreditRole):
            role = CreditRole(person.role)
        instrument = person.instrument
        if role is None:
            role, instrument = CreditRole.OTHER, person.role
        credit = CreditForm(
            role,
            _cut(person.name, MAX_CREDITED_NAME),
            instrument=_read_instrument(role, instrument),
        )
        if credit.name:
            found.setdefault((credit.role, fold(credit.name), credit.instrument), credit)
    return list(found.values())[:MAX_CREDITS]


def read_ids(texts: Iterable[str]) -> list[UUID]:
    """Return the ids of MusicBrainz among texts; none if one of them can't be read."""
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        return []


def read_entered(
    people: TaggedPeople,
    owner: LinkableProfile,
    found: Mapping[UUID, LinkableProfile],
) -> EnteredCredits:
    """Return the artists and credits of a track as if its owner had entered them.

    Artists with an id of MusicBrainz name the profile with that id, if there is one. The owner is
    also found by their names.
    """
    artists = read_artists(people.artist, people.artists)
    ids = read_ids(people.artist_ids)
    # Which id is whose is only known if each artist has one.
    profiles = [found.get(each) for each in ids] if len(ids) == len(artists) else []
    linked = [
        structs.replace(artist, profile=_find_profile(artist.name, owner, profile))
        for artist, profile in zip_longest(artists, profiles)
    ]
    others = [
        structs.replace(credit, profile=_find_profile(credit.name, owner, None))
        for credit in read_credits(people.credited)
    ]
    return EnteredCredits(linked, others)


def list_ids(people: TaggedPeople) -> list[UUID]:
    """Return the ids of the artists of a track."""
    return read_ids(people.artist_ids)[:MAX_ARTISTS]


def _find_profile(
    name: str, owner: LinkableProfile, found: LinkableProfile | None
) -> CreditedProfile | None:
    if found is not None:
        return CreditedProfile(found.id)
    is_owner = fold(name) in {fold(owner.display_name), fold(owner.username)}
    return CreditedProfile(owner.id) if is_owner else None


def _find_joins(line: str, names: Sequence[str]) -> list[str] | None:
    """Return what is between the names in a line, and behind the last; None if they differ.

    A name may also be a part of another, or of a join: of all ways to read the line, the one with
    the shortest joins counts, from the first on.
    """
    # The ends of each name from which the rest of the line can be read, from the last name back.
    ends: list[set[int]] = [{len(line)}]
    for name, following in zip(reversed(names[:-1]), reversed(names[1:]), strict=True):
        ends.insert(0, _list_ends(line, name, following, ends[0]))
    if not names or not line.startswith(names[0]) or len(names[0]) not in ends[0]:
        return None
    joins: list[str] = []
    end = len(names[0])
    for name, possible in zip(names[1:], ends[1:], strict=True):
        start = next(
            start
            for start in range(end + 1, end + MAX_JOIN + 1)
            if start + len(name) in possible
            and line.startswith(name, start)
            and _is_join(line, end, start)
        )
        joins.append(line[end:start])
        end = start + len(name)
    return [*joins, ""]


def _list_ends(line: str, name: str, following: str, ends: set[int]) -> set[int]:
    """Return the ends of a name behind which another follows that has one of these ends."""
    starts = {end - len(following) for end in ends}
    return {
        end
        for start in starts
        if line.startswith(following, start)
        for end in range(max(0, start - MAX_JOIN), start)
        if line.endswith(name, 0, end) and _is_join(line, end, start)
    }


def _is_join(line: str, start: int, end: int) -> bool:
    """Return whether a part of a line is more than a blank, between two words."""
    is_between = not _is_inside_word(line, start) and not _is_inside_word(line, end)
    return is_between and not line[start:end].isspace()


def _is_inside_word(line: str, at: int) -> bool:
    """Return whether a place is between two letters, of a script that separates words."""
    pair = line[at - 1 : at + 1]
    return pair.isalnum() and pair.lower() != pair.upper()


def _split_line(line: str) -> list[ArtistForm]:
    """Return the artists of a line: those before and behind what introduces guests."""
    found: list[ArtistForm] = []
    for part in map(str.strip, line.split(_SEPARATOR)):
        guests = _GUESTS.search(part)
        if guests is None or part.count("(") != part.count(")"):
            found.append(_make_artist(part, ""))
        else:
            join = guests[0]
            name = part[guests.end() :]
            closing = ""
            if "(" in join and name.endswith(")"):
                name, closing = name[:-1], ")"
            found += [_make_artist(part[: guests.start()], join), _make_artist(name, closing)]
    return found


def _make_artist(name: str, join: str) -> ArtistForm:
    return ArtistForm(_cut(name, MAX_CREDITED_NAME), join=_read_join(join))


def _cut(text: str, length: int) -> str:
    """Return a line of at most so many characters, which may end before an invisible one."""
    return remove_refused(remove_refused(text)[:length])


def _read_join(join: str) -> str:
    """Return a join with a single blank where it has some."""
    before = " " if join[:1].isspace() else ""
    after = " " if join[1:] and join[-1:].isspace() else ""
    text = _cut(join, MAX_JOIN - len(before) - len(after))
    return f"{before}{text}{after}" if text else ""


def _read_instrument(role: CreditRole, text: str) -> str | None:
    if role not in WITH_INSTRUMENT:
        return None
    return _cut(text, MAX_INSTRUMENT) or None


def _limit(artists: Iterable[ArtistForm]) -> list[ArtistForm]:
    """Return as many artists as are displayed."""
    found = [each for each in artists if each.name][:MAX_ARTISTS]
    while len(write_line(found)) > MAX_ARTIST_LINE:
        found.pop()
    return found
