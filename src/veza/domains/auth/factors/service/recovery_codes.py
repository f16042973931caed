"""Create recovery codes, and use one up."""

from veza.core.access import Member
from veza.core.ids import UserId
from veza.domains.auth.factors import queries, rules
from veza.domains.auth.factors.errors import NoFactors
from veza.domains.auth.factors.models import RecoveryCodes
from veza.domains.auth.factors.service.overview import has_factors, lock_owner
from veza.infra.postgres.database import Tx


async def replace_codes(tx: Tx, member: Member) -> RecoveryCodes:
    """Create ten recovery codes, which replace all earlier ones. Raises NoFactors."""
    await lock_owner(tx, member.id)
    if not await has_factors(tx, member.id):
        raise NoFactors
    return await create_codes(tx, member.id)


async def create_codes(tx: Tx, user_id: UserId) -> RecoveryCodes:
    """Create ten recovery codes of a member, whom the caller has locked. Earlier ones go."""
    codes = rules.generate_recovery_codes()
    await queries.delete_recovery_codes(tx, user_id)
    hashes = [rules.hash_of_recovery_code(code) for code in codes]
    await queries.insert_recovery_codes(tx, user_id, hashes)
    return RecoveryCodes(codes)


async def use_code(tx: Tx, user_id: UserId, code: str) -> bool:
    """Use up a recovery code; return whether it was right."""
    code_hash = rules.hash_of_recovery_code(code)
    return await queries.update_recovery_code_used(tx, user_id, code_hash)
