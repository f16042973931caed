"""`veza ledger verify`: what it prints, and with which verdict."""

import pytest

from tests import make
from tests.domains.ledger.test_ledger import sale
from veza.app import bookkeeping
from veza.app.services import Services
from veza.domains.ledger import service
from veza.domains.ledger.models import Breach
from veza.infra.db import Conn


async def test_books_that_are_right_are_said_to_be(
    services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    seller = await make.person(services)
    async with services.database.transaction() as tx:
        subject_id = await service.open_subject(tx, seller.id)
        await service.post(tx, sale((subject_id, 900)))

    assert await bookkeeping.verify(services)

    *totals, verdict = capsys.readouterr().out.splitlines()
    assert verdict == "The books are right."
    assert any(line.startswith("fees ") and line.endswith(" EUR") for line in totals)


async def test_whatever_is_broken_is_told_and_fails(
    services: Services, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find(_: Conn) -> list[Breach]:
        return [Breach("an order is paid once", "order 7")]

    monkeypatch.setattr(bookkeeping, "CHECKS", (*bookkeeping.CHECKS, find))

    assert not await bookkeeping.verify(services)

    told = capsys.readouterr().out.splitlines()
    assert (told[0], told[-1]) == (
        "Broken: an order is paid once: order 7.",
        "The books are NOT right.",
    )
