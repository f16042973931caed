"""The audience of a stream, and the tickets that players send."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from veza.core.errors import FieldError, Invalid
from veza.core.ids import StreamId, UserId
from veza.core.signed_urls import REVIEW_LIFETIME_S, Resource, UrlSignature, UrlSigner
from veza.core.stream_audiences import StreamAudience, is_stream_open
from veza.domains.live.models.audiences import AudienceChoice
from veza.domains.live.models.forms import StreamChange, StreamForm
from veza.domains.live.models.stored_streams import StoredStream

# The duration of access by a ticket or a password. Each request checks the audience again.
TICKET_LIFETIME = timedelta(hours=12)
# Wrong passwords for a stream by all viewers together, in a quarter of an hour. Each viewer has ten
# of them, so that nobody locks out the others; this bounds who has many addresses.
MAX_STREAM_GUESSES = 500

_MEMBER = "m"
_PASSWORD = "p"  # noqa: S105 - the kind of a ticket
_STAFF = "s"


class TicketHolder(Struct, frozen=True):
    """The holder of a ticket: a member, somebody who entered the password, or staff."""

    user_id: UserId | None = None
    password_version: int | None = None
    is_staff: bool = False


def choose(
    earlier: AudienceChoice, form: StreamForm | StreamChange, password_hash: str | None
) -> AudienceChoice:
    """Return the audience after a form; what it does not mention stays. Raises Invalid.

    `password_hash` is that of a new password. A tier or product that was deleted is asked for once
    the form is about the audience: until then nobody watches, and all else can be changed.
    """
    if {form.audience, form.tier_id, form.product_id} == {UNSET} and password_hash is None:
        return earlier
    audience = _chosen(form.audience, earlier.audience)
    tier_id = _chosen(form.tier_id, earlier.tier_id)
    product_id = _chosen(form.product_id, earlier.product_id)
    stored = password_hash or earlier.password_hash
    is_protected = audience is StreamAudience.PASSWORD
    if audience is StreamAudience.MEMBERS and tier_id is None:
        raise _invalid("tier_id", "Choose the tier whose members may watch.")
    if audience is StreamAudience.BUYERS and product_id is None:
        raise _invalid("product_id", "Choose the product whose buyers may watch.")
    if is_protected and stored is None:
        raise _invalid("password", "Choose a password.")
    is_new = is_protected and password_hash is not None
    return AudienceChoice(
        audience,
        tier_id if audience is StreamAudience.MEMBERS else None,
        product_id if audience is StreamAudience.BUYERS else None,
        stored if is_protected else None,
        earlier.password_version + 1 if is_new else earlier.password_version,
    )


def choice_of(stream: StoredStream) -> AudienceChoice:
    """Return the audience of a stream."""
    return AudienceChoice(
        stream.audience,
        stream.tier_id,
        stream.product_id,
        stream.password_hash,
        stream.password_version,
    )


def is_past_foreign(stream: StoredStream, choice: AudienceChoice) -> bool:
    """Return whether what a stream has sent was not for all whom it is for by another choice.

    Streams that are open to everybody have no past of others. Another audience is taken for one
    of other people, since its members come and go. Who is named, or gets the password, is let in.
    """
    earlier = choice_of(stream)
    if is_stream_open(earlier.audience) and is_stream_open(choice.audience):
        return False
    kept = (earlier.audience, earlier.tier_id, earlier.product_id)
    return kept != (choice.audience, choice.tier_id, choice.product_id)


def is_cover_public(audience: StreamAudience, stream: StoredStream) -> bool:
    """Return whether everybody sees the cover of a stream that has an audience, or gets it.

    As long as the stream is taken down, nobody but its owner and staff does.
    """
    return is_stream_open(audience) and stream.taken_down is None


def is_hidden_from_caches(stream: StoredStream) -> bool:
    """Return whether only this server serves the media of a stream, to its audience."""
    return not is_stream_open(stream.audience)


def expiry_of_ticket(moment: datetime) -> datetime:
    """Return when a ticket ends: twelve hours after the last full hour."""
    return moment.replace(minute=0, second=0, microsecond=0) + TICKET_LIFETIME


def write_ticket(
    signer: UrlSigner, stream_id: StreamId, holder: TicketHolder, moment: datetime
) -> str:
    """Return the ticket of a holder for a stream."""
    name = _name(holder)
    ends_at = expiry_of_ticket(moment)
    if holder.is_staff:
        # As all that staff looks at.
        ends_at = moment + timedelta(seconds=REVIEW_LIFETIME_S)
    expires = int(ends_at.timestamp())
    return f"{name}.{expires}.{signer.sign(Resource.STREAM, stream_id, name, expires=expires)}"


def read_ticket(signer: UrlSigner, stream_id: StreamId, ticket: str | None) -> TicketHolder | None:
    """Return the holder of a ticket; None if it is invalid or expired."""
    name, _, rest = (ticket or "").partition(".")
    expires, _, signature = rest.partition(".")
    if not (expires.isascii() and expires.isdigit() and len(expires) < 12):
        return None
    signed = UrlSignature(int(expires), signature)
    if not signature.isascii() or not signer.is_valid(signed, Resource.STREAM, stream_id, name):
        return None
    if name == _STAFF:
        return TicketHolder(is_staff=True)
    if name.startswith(_MEMBER):
        return TicketHolder(UserId(UUID(name[1:])))
    return TicketHolder(password_version=int(name[1:]))


def is_admitted_by(stream: StoredStream, holder: TicketHolder | None) -> bool:
    """Return whether a ticket admits its holder without an account."""
    if holder is None:
        return False
    is_protected = stream.audience is StreamAudience.PASSWORD
    return holder.is_staff or (is_protected and holder.password_version == stream.password_version)


def is_locked(stream: StoredStream) -> bool:
    """Return whether a stream asks those who come to its address for a password."""
    is_shown = stream.is_announced and not stream.is_hidden
    return is_shown and stream.audience is StreamAudience.PASSWORD


def sign_names(playlist: bytes, ticket: str) -> bytes:
    """Return a playlist whose segments and playlists have the ticket in their addresses."""
    query = f"?ticket={ticket}".encode()
    lines = playlist.splitlines()
    return b"\n".join(line + query if _is_name(line) else line for line in lines) + b"\n"


def _is_name(line: bytes) -> bool:
    return line.endswith((b".ts", b".aac", b".m3u8")) and not line.startswith(b"#")


def _name(holder: TicketHolder) -> str:
    if holder.is_staff:
        return _STAFF
    if holder.user_id is not None:
        return f"{_MEMBER}{holder.user_id}"
    assert holder.password_version is not None
    return f"{_PASSWORD}{holder.password_version}"


def _chosen[T](given: T | UnsetType, earlier: T) -> T:
    return earlier if given is UNSET else given


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(details=[FieldError(field, message, "missing")])
