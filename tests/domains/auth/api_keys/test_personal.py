"""Personal data of API keys: export and erasure."""

from tests import make
from veza.core.access import Scope
from veza.core.ids import UserId, new_id
from veza.domains.auth.api_keys import queries, service
from veza.infra.postgres.database import Tx


async def test_the_export_contains_keys_without_their_secrets(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    kept, revoked = [await make.key_in(tx, member.id, Scope.READ) for _ in range(2)]
    await make.key_in(tx, other.id)
    await service.revoke_key(tx, member.id, revoked.id)

    handed_out = await queries.list_all_keys(tx, member.id)

    assert {key.prefix for key in handed_out} == {kept.prefix, revoked.prefix}
    assert {key.revoked_at is None for key in handed_out} == {True, False}
    assert kept.key not in str(handed_out)


async def test_the_export_of_an_unknown_member_is_empty(tx: Tx) -> None:
    assert await queries.list_all_keys(tx, UserId(new_id())) == []


async def test_erasing_deletes_the_keys_of_one_member_only(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await make.key_in(tx, member.id)
    await make.key_in(tx, other.id)

    for _ in range(2):
        await queries.delete_keys(tx, member.id)

    assert await queries.list_all_keys(tx, member.id) == []
    assert len(await queries.list_all_keys(tx, other.id)) == 1
