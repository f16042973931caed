"""Cleans what is entered of artists and credits, and keeps the answers to earlier ones."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import structs

from veza.core.clock import now
from veza.core.display_names import clean_line
from veza.core.errors import FieldError, Invalid
from veza.core.ids import CreditId, UserId, new_id
from veza.core.visibility import CreditState
from veza.domains.music.credits.models import (
    ARTIST,
    MAX_ARTIST_LINE,
    MAX_CREDITED_NAME,
    MAX_PENDING,
    MAX_PENDING_OF_ONE,
    WITH_INSTRUMENT,
    ArtistForm,
    CreditedProfile,
    CreditForm,
    CreditRole,
    LinkableProfile,
    PendingCounts,
    StoredCredit,
)
from veza.domains.music.credits.rules.shown import write_line

type Profiles = Mapping[UserId, LinkableProfile]


def clean_artists(artists: Sequence[ArtistForm], profiles: Profiles) -> list[ArtistForm]:
    """Return artists with trimmed names, and a join between each two. Raises Invalid."""
    last = len(artists) - 1
    cleaned = [
        structs.replace(
            artist,
            name=_clean_name(artist, profiles, f"artists.{at}"),
            join=_clean_join(artist.join, f"artists.{at}.join", remaining=last - at),
        )
        for at, artist in enumerate(artists)
    ]
    if len(write_line(cleaned)) > MAX_ARTIST_LINE:
        message = f"All artists together may have {MAX_ARTIST_LINE} characters."
        raise Invalid(details=[FieldError("artists", message, "too_long", MAX_ARTIST_LINE)])
    return cleaned


def clean_credits(entered: Sequence[CreditForm], profiles: Profiles) -> list[CreditForm]:
    """Return credits with trimmed texts. Raises Invalid."""
    return [
        structs.replace(
            credit,
            name=_clean_name(credit, profiles, f"credits.{at}"),
            instrument=_clean_instrument(credit, f"credits.{at}.instrument"),
        )
        for at, credit in enumerate(entered)
    ]


def is_owner_alone(artists: Sequence[ArtistForm], owner: LinkableProfile) -> bool:
    """Return whether nobody else is displayed as the artist, nor under another name."""
    if not artists:
        return True
    first = artists[0]
    is_owner = first.profile is not None and first.profile.id == owner.id
    return len(artists) == 1 and is_owner and first.name == owner.display_name and not first.join


def make_rows(
    owner_id: UserId,
    artists: Sequence[ArtistForm],
    others: Sequence[CreditForm],
    earlier: Iterable[StoredCredit],
) -> list[StoredCredit]:
    """Return the rows of an item; credits that it had before keep their answers.

    A single artist without a profile needs no row: the line of artists has the name.
    """
    if len(artists) == 1 and artists[0].profile is None:
        artists = ()
    known = {
        (each.role, each.user_id, each.instrument): each
        for each in earlier
        if each.user_id is not None
    }
    made: list[StoredCredit] = []
    for each in (*artists, *others):
        is_artist = isinstance(each, ArtistForm)
        role = ARTIST if is_artist else each.role.value
        instrument = None if is_artist else each.instrument
        user_id = each.profile and each.profile.id
        before = None if user_id is None else known.pop((role, user_id, instrument), None)
        is_own = user_id == owner_id
        state = before.state if before else CreditState.PENDING
        made.append(
            StoredCredit(
                id=before.id if before else CreditId(new_id()),
                role=role,
                name=each.name,
                join_phrase=each.join if is_artist else "",
                instrument=instrument,
                user_id=user_id,
                state=CreditState.CONFIRMED if is_own else state,
                created_at=before.created_at if before else now(),
            )
        )
    return made


def list_asked(
    rows: Iterable[StoredCredit], earlier: Iterable[StoredCredit]
) -> dict[UserId, CreditId]:
    """Return the profiles that are asked to confirm credits, each with one that is new."""
    known = {each.id for each in earlier}
    return {
        each.user_id: each.id
        for each in rows
        if each.user_id is not None and each.state is CreditState.PENDING and each.id not in known
    }


def find_full(
    rows: Iterable[StoredCredit], asked: Collection[UserId], counts: Iterable[PendingCounts]
) -> set[UserId]:
    """Return those of the asked profiles that would have too many unanswered credits.

    `counts` are those without the rows.
    """
    pending = [each.user_id for each in rows if each.state is CreditState.PENDING]
    before = {each.user_id: each for each in counts}
    full: set[UserId] = set()
    for user_id in asked:
        added = pending.count(user_id)
        count = before.get(user_id, PendingCounts(user_id, 0, 0))
        if count.total + added > MAX_PENDING or count.of_one + added > MAX_PENDING_OF_ONE:
            full.add(user_id)
    return full


def unlink(rows: Iterable[StoredCredit], user_ids: Collection[UserId]) -> list[StoredCredit]:
    """Return the rows with the unanswered credits of some profiles as names alone."""
    return [
        structs.replace(each, user_id=None)
        if each.user_id in user_ids and each.state is CreditState.PENDING
        else each
        for each in rows
    ]


def read_entered(rows: Iterable[StoredCredit]) -> tuple[list[ArtistForm], list[CreditForm]]:
    """Return stored rows as they would be entered, to keep one part of them."""
    artists: list[ArtistForm] = []
    others: list[CreditForm] = []
    for row in rows:
        profile = None if row.user_id is None else CreditedProfile(row.user_id)
        if row.role == ARTIST:
            artists.append(ArtistForm(row.name, profile, row.join_phrase))
        else:
            others.append(CreditForm(CreditRole(row.role), row.name, profile, row.instrument))
    return artists, others


def _clean_name(form: ArtistForm | CreditForm, profiles: Profiles, field: str) -> str:
    """Return the name, or that of the profile. Raises Invalid, also for an unknown profile."""
    name = clean_line(form.name, f"{field}.name")
    if form.profile is not None:
        profile = profiles.get(form.profile.id)
        if profile is None:
            message = "There is no such profile: leave it out for a name without a link."
            raise Invalid(details=[FieldError(f"{field}.profile.id", message, "id")])
        name = name or profile.display_name
    if not name:
        raise Invalid(details=[FieldError(f"{field}.name", "Enter a name.", "blank")])
    if len(name) > MAX_CREDITED_NAME:
        message = f"A name may have {MAX_CREDITED_NAME} characters."
        raise Invalid(details=[FieldError(f"{field}.name", message, "too_long", MAX_CREDITED_NAME)])
    return name


def _clean_join(join: str, field: str, *, remaining: int) -> str:
    """Return a join with single blanks; a usual one if it is left out between two artists."""
    text = clean_line(join, field)
    if remaining <= 0:
        return f" {text}" if text and join[0].isspace() else text
    if not text:
        return " & " if remaining == 1 else ", "
    before = " " if join[0].isspace() else ""
    after = " " if join[-1].isspace() else ""
    return f"{before}{text}{after}"


def _clean_instrument(credit: CreditForm, field: str) -> str | None:
    text = clean_line(credit.instrument or "", field)
    if text and credit.role not in WITH_INSTRUMENT:
        message = "Only performers have an instrument: leave it out."
        raise Invalid(details=[FieldError(field, message, "instrument")])
    return text or None
