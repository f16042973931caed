"""Exports when factors were used, but no secrets; erasing also deletes what waits for them."""

from veza.core.ids import UserId
from veza.domains.auth.factors import queries
from veza.domains.auth.factors import shared_queries as factor_queries
from veza.infra.postgres.database import Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("totp_factors", "recovery_codes", "login_challenges", "factor_recoveries")

export = queries.list_for_export


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the second factors of a member, and what waits for them."""
    await queries.delete_challenges(tx, user_id)
    await factor_queries.delete_recovery(tx, user_id)
    await queries.delete_recovery_codes(tx, user_id)
    await queries.delete_totp(tx, user_id)
