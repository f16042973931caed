"""Acting as a profile: `X-Veza-Profile` names an artist, a band or a label of the caller.

Links and elements of a page, which send no headers, name it by `?profile=` to read.

The caller's role is looked up for each request, so that one that ends has ended with the next. From
then on the request is the profile's: who sent it is kept for the audit log, limits and proofs.
"""

from contextlib import suppress
from uuid import UUID

from veza.core.access import Member, act_as
from veza.core.errors import FieldError, Invalid
from veza.core.ids import UserId
from veza.core.profiles import AccountsOnly, NotYourProfile, Right, ensure_right
from veza.http.context import Connection, HttpContext

PROFILE_HEADER = "X-Veza-Profile"
PROFILE_PARAMETER = "profile"
_READING = frozenset({"GET", "HEAD"})


async def act(
    connection: Connection, member: Member, right: Right | None, context: HttpContext
) -> Member:
    """Return the member as whom a request goes on: the caller, or a profile of theirs.

    Raises NotYourProfile if the role of the caller lacks the right, AccountsOnly if the route knows
    none, and Invalid if what names it is no id.
    """
    named = connection.headers.get(PROFILE_HEADER)
    if named is None and connection.scope.get("method") in _READING:
        named = connection.query_params.get(PROFILE_PARAMETER)
    if named is not None:
        member = await choose_profile(member, read_profile_id(named), context)
    if member.acts_as is not None:
        if right is None:
            raise AccountsOnly
        ensure_right(member.profile_role, right)
    return member


async def choose_profile(member: Member, profile_id: UserId, context: HttpContext) -> Member:
    """Return a member as a profile of theirs, or as themselves. Raises NotYourProfile."""
    if profile_id == member.id:
        return member
    # A key that is limited to a profile reaches no other.
    role = None if member.acts_as else await context.find_profile_role(profile_id, member.id)
    if role is None:
        raise NotYourProfile
    return act_as(member, profile_id, role)


def read_profile_id(text: str) -> UserId:
    """Return the id in a header or parameter. Raises Invalid."""
    with suppress(ValueError):
        return UserId(UUID(text))
    raise Invalid(details=[FieldError(PROFILE_HEADER, "This must be the id of a profile.", "id")])
