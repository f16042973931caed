"""Exports the splits that concern a member; erasing leaves their parts to the owners."""

from veza.core.ids import UserId
from veza.domains.marketplace.splits.models import PersonalSplits
from veza.domains.marketplace.splits.queries import defaults
from veza.domains.marketplace.splits.queries import personal_data as queries
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, directly or by reference.
TABLES = ("splits", "split_parts", "split_acceptances", "default_split_parts")


async def export(conn: Conn, user_id: UserId) -> PersonalSplits:
    """Return the versions that name a member or are of their support, and their default split."""
    return PersonalSplits(
        await queries.list_personal(conn, user_id), await defaults.list_personal(conn, user_id)
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a member from splits: what is sold from then on, the owner has their part of.

    Proposals that name them are deleted, and the versions of their own support.
    """
    await queries.delete_of_profile(tx, user_id)
    await queries.delete_proposals_with(tx, user_id)
    await queries.update_party_gone(tx, user_id)
    await queries.delete_acceptances_of(tx, user_id)
    await defaults.delete_of(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the parts of a page to another profile; two parts of one split are added.

    The other profile's support is split as it was; if nothing was ever proposed for it, as that of
    the page.
    """
    await queries.update_profile(tx, user_id, into_id)
    await queries.update_party(tx, user_id, into_id)
    await defaults.update_party(tx, user_id, into_id)
