"""Two profiles of one owner become one, if their kinds allow it."""

from veza.core.access import Member
from veza.core.ids import ProfileId
from veza.core.profiles import ProfileKind, Right
from veza.domains.auth.accounts.service import own_account
from veza.domains.profiles import rules
from veza.domains.profiles.errors import NotMergeable
from veza.domains.profiles.models.profiles import Profile
from veza.domains.profiles.queries import merges as queries
from veza.domains.profiles.service import members
from veza.infra.postgres.database import Tx


async def find_done(
    tx: Tx, profile_id: ProfileId, into_id: ProfileId, member: Member
) -> Profile | None:
    """Lock two profiles; return the other one if the first was merged into it before.

    Raises ProfileNotFound, NotYourProfile and NotMergeable.
    """
    await queries.lock_both(tx, profile_id, into_id)
    is_done = await queries.find_into(tx, profile_id) == into_id
    into, _ = await members.ensure_may(tx, into_id, member, Right.OWN)
    if is_done:
        return rules.show_profile(into)
    page, _ = await members.ensure_may(tx, profile_id, member, Right.MANAGE)
    is_label = [each.kind is ProfileKind.LABEL for each in (page, into)]
    if (
        page.id == into.id
        or page.kind is ProfileKind.PERSON
        or page.is_placeholder
        or into.is_placeholder
        or is_label[0] != is_label[1]
    ):
        raise NotMergeable
    await members.ensure_may(tx, profile_id, member, Right.OWN)
    return None


async def finish(tx: Tx, into_id: ProfileId, member: Member) -> Profile:
    """Index all items of a profile under its name, and return the profile."""
    into, _ = await members.ensure_may(tx, into_id, member, Right.OWN)
    await own_account.announce_name(tx, into.account_id, into.handle)
    return rules.show_profile(into)
