"""What stays of somebody who left says no more who they were, and is otherwise as it was."""

import pytest

from tests import make
from veza.infra.postgres.anonymize import anonymized
from veza.infra.postgres.database import Tx


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Best of Art", "Best of …"),
        ("art", "…"),
        ("ART - Side A.wav", "… - Side A.wav"),
        ("by_art_live.flac", "by_…_live.flac"),
        ("art, art and Art", "…, … and …"),
        ("Write to art+x@example.com!", "Write to …!"),
        ("art+x@examplescom", "…+x@examplescom"),
        ("Party of the art4 heart", "Party of the art4 heart"),
        ("Ärt Arté", "Ärt Arté"),
        ("", ""),
    ],
)
async def test_a_name_is_left_out_where_it_stands_for_itself(tx: Tx, text: str, left: str):
    sql = f"""
        select {anonymized("$1::text")}
          from (values ('art', 'art+x@example.com')) as u (username, email)
    """
    assert await tx.value(str, sql, text) == left


async def test_no_text_grows(tx: Tx):
    member, _ = await make.member_in(tx, username="a_b")
    sql = f"select {anonymized('repeat($2, 50)')} from users u where id = $1"
    assert await tx.value(str, sql, member.id, "a_b ") == "… " * 50
