"""A process that is killed between two effects: what it was at is given up, and nothing tidied up.

An effect is what outlives a process: a transaction that is committed, something that a company did,
an object that is stored. Before an effect and after the one before it is the same moment to all who
live on, so a process dies after an effect, or with it undone.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from msgspec import structs

from veza.app.services import Services
from veza.infra.postgres.database import Conn, Database, Tx

_OF_COMPANIES = {
    *("create_payment", "cancel_payment", "refund"),
    *("open_account", "transfer", "reverse"),
}
_OF_STORAGE = {"put_new"}
# A transaction gets a number with the first thing that it writes, or locks.
_HAS_WRITTEN = "select pg_current_xact_id_if_assigned() is not null"


class Crash(BaseException):
    """The process is gone: nothing in it may catch this."""


class Fate:
    """Counts the effects of a process, and kills it after so many of them, if it is to die."""

    def __init__(self) -> None:
        self.effects = self.calls = 0
        self._dies_after: int | None = None
        # Hears of each call to a company that has an effect, before it is made.
        self.hear_of_call: Callable[[int], None] = lambda _: None

    def be_born(self, dies_after: int | None) -> None:
        """Begin a life; without a number it lasts."""
        self.effects = self.calls = 0
        self._dies_after = dies_after

    def ensure_alive(self) -> None:
        """Keep the dead from going on: all that the process is at ends with it."""
        if self._dies_after is not None and self.effects >= self._dies_after:
            raise Crash

    def begin_call(self) -> None:
        """Count a call to a company."""
        self.ensure_alive()
        self.calls += 1
        self.hear_of_call(self.calls)

    def have_effect(self) -> None:
        """Count an effect, and die of it if it is the last."""
        self.effects += 1
        self.ensure_alive()


class _MortalDatabase(Database):
    def __init__(self, database: Database, fate: Fate) -> None:
        super().__init__(database.pool)
        self._signals = database._signals
        self._before_commit = database._before_commit
        self._fate = fate

    def read(self) -> AbstractAsyncContextManager[Conn]:
        self._fate.ensure_alive()
        return super().read()

    @asynccontextmanager
    async def transaction(
        self, *, recorded: bool = True, by_key: bool = False
    ) -> AsyncGenerator[Tx]:
        self._fate.ensure_alive()
        async with super().transaction(recorded=recorded, by_key=by_key) as tx:
            yield tx
            self._fate.ensure_alive()
            has_written = await tx.value(bool, _HAS_WRITTEN)
        if has_written:
            self._fate.have_effect()


class _Mortal:
    """Something outside of the process, some of whose methods have effects."""

    def __init__(self, thing: Any, effects: set[str], fate: Fate) -> None:
        self._thing, self._effects, self._fate = thing, effects, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._thing, name)
        if name not in self._effects:
            self._fate.ensure_alive()
            return found

        async def call(*args: Any, **named: Any) -> Any:
            self._fate.begin_call()
            answer = await found(*args, **named)
            self._fate.have_effect()
            return answer

        return call


def make_mortal(services: Services, fate: Fate) -> Services:
    """Give the services of a process whose fate somebody else decides."""
    payments: Any = _Mortal(services.payments, _OF_COMPANIES, fate)
    payouts: Any = _Mortal(services.payouts, _OF_COMPANIES, fate)
    storage: Any = _Mortal(services.storage, _OF_STORAGE, fate)
    return structs.replace(
        services,
        database=_MortalDatabase(services.database, fate),
        providers=structs.replace(services.providers, payments=payments, payouts=payouts),
        audio_storage=structs.replace(services.audio_storage, storage=storage),
        invoice_documents=structs.replace(services.invoice_documents, storage=storage),
    )
