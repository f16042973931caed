"""Personal data of second factors: of one member alone, exported without secrets, and erased."""

from datetime import timedelta

import msgspec

from tests import make
from veza.core.clock import now
from veza.domains.auth.factors import personal_data, queries, rules
from veza.domains.auth.factors import shared_queries as factor_queries
from veza.domains.auth.factors.models import StoredChallenge, StoredTotp
from veza.domains.auth.factors.service.recovery_codes import create_codes


async def test_the_export_tells_of_ones_own_factors_and_erasure_deletes_these(tx):
    async def add(reason, challenges):
        member, _ = await make.member_in(tx)
        await queries.upsert_totp(tx, StoredTotp(member.id, b"secret", 1, is_confirmed=False))
        codes = await create_codes(tx, member.id)
        code_hash = rules.hash_of_recovery_code(codes.recovery_codes[0])
        await queries.update_recovery_code_used(tx, member.id, code_hash)
        for nth in range(challenges):
            stored = StoredChallenge(member.id, bytes(32))
            token_hash = rules.hash_of(f"{reason}{nth}{member.id}")
            await queries.insert_challenge(tx, token_hash, stored, lifetime=timedelta(minutes=5))
        await factor_queries.insert_recovery(tx, member.id, reason, timedelta(days=3))
        return member.id

    one, other = await add("Lost it.", 1), await add("Lost mine, too.", 2)

    exported = await personal_data.export(tx, one)
    assert exported.totp_created_at <= now()
    assert exported.totp_last_used_at is None
    assert (exported.recovery_codes, exported.open_logins) == (10, 1)
    assert exported.recovery_code_used_at <= now()
    assert exported.recovery_reason == "Lost it."
    assert exported.recovery_due_at - exported.recovery_begun_at == timedelta(days=3)
    assert b"secret" not in msgspec.json.encode(exported)
    of_other = await personal_data.export(tx, other)
    assert (of_other.recovery_reason, of_other.open_logins) == ("Lost mine, too.", 2)

    await personal_data.erase(tx, one)

    nothing = msgspec.structs.astuple(await personal_data.export(tx, one))
    assert nothing == (None, None, 0, None, 0, None, None, None)
    assert await personal_data.export(tx, other) == of_other
