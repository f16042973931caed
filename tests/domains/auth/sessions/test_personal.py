"""Where a member signed in: handed out, and erased with all tokens."""

from tests import make
from veza.core.ids import UserId, new_id
from veza.domains.auth.sessions import personal_data
from veza.infra.postgres.database import Tx


async def test_the_export_contains_the_sessions(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    await make.member_in(tx)

    handed_out = await personal_data.export(tx, member.id)

    assert [session.id for session in handed_out] == [member.session_id]
    assert handed_out[0].ip == "127.0.0.1"


async def test_the_export_of_an_unknown_member_has_no_sessions(tx: Tx) -> None:
    assert await personal_data.export(tx, UserId(new_id())) == []


async def test_erasing_ends_and_forgets_the_sessions_of_one_alone(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)

    for _ in range(2):
        await personal_data.erase(tx, member.id)

    assert await personal_data.export(tx, member.id) == []
    assert len(await personal_data.export(tx, other.id)) == 1
    sql = "select subject from revisions where topic = 'session_ended' and subject = any($1)"
    ids = [str(member.session_id), str(other.session_id)]
    assert await tx.column(str, sql, ids) == [str(member.session_id)]
