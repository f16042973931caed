"""Exports the splits that name a member; erasing leaves their parts to the owners."""

from veza.core.ids import UserId
from veza.domains.marketplace.splits import queries
from veza.infra.postgres.database import Tx

# Tables that hold a person's id, directly or by reference.
TABLES = ("splits", "split_parts", "split_acceptances")


export = queries.list_personal


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a member from splits: what is sold from then on, the owner has their part of.

    Proposals that name them are deleted.
    """
    await queries.delete_proposals_with(tx, user_id)
    await queries.update_party_gone(tx, user_id)
    await queries.delete_acceptances_of(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the parts of a page to another profile; two parts of one split are added."""
    await queries.update_party(tx, user_id, into_id)
