"""Sellers, and a payout provider of their own."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import pytest
from litestar import Litestar

from tests.http.apps import replaced
from veza.core.ids import new_id
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payouts.provider import PayoutAccount, PayoutProvider


@dataclass
class Payouts:
    """A payout provider that keeps accounts alone; `before_answer` happens while it is asked.

    Of those that are `silent` it gives no answer.
    """

    name: str
    accounts: dict[str, PayoutAccount] = field(default_factory=dict)
    opened: list[tuple[str, str, str | None]] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    asked: int = 0
    silent: set[str] = field(default_factory=set)
    failure: Exception | None = None
    before_answer: Callable[[], Awaitable[None]] | None = None

    async def open_account(self, key: str, *, email: str | None, country: str | None) -> str:
        self._fail()
        self.opened.append((key, email, country))
        ref = f"acct_{key.removeprefix('account:')}"
        self.accounts.setdefault(ref, PayoutAccount(ref, is_connected=False, reason="past_due"))
        return ref

    async def find_onboarding_url(
        self, account_ref: str, *, refresh_url: str, return_url: str
    ) -> str:
        self._fail()
        self.links.append((account_ref, refresh_url, return_url))
        return f"https://payouts.example/{len(self.links)}?a=1&b=2"

    async def find_account(self, account_ref: str) -> PayoutAccount:
        self._fail()
        if account_ref in self.silent:
            raise ProviderUnavailable
        self.asked += 1
        found = self.accounts[account_ref]
        if self.before_answer is not None:
            hook, self.before_answer = self.before_answer, None
            await hook()
        return found

    def connect(self, account_ref: str, *, is_connected: bool = True) -> None:
        reason = None if is_connected else "requirements.past_due"
        self.accounts[account_ref] = PayoutAccount(account_ref, is_connected, reason)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


@pytest.fixture
def payouts(app: Litestar) -> Iterator[Payouts]:
    """A provider of this test's own, of which the application asks."""
    with replaced(app, Payouts(f"test_{new_id().hex[-12:]}"), PayoutProvider) as own:
        yield own
