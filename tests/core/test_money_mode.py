"""Live money and test money: which provider moves which, and that none is mixed."""

import pytest

from veza.core.errors import CannotStart
from veza.core.money_mode import MoneyMode, ensure_one_mode, mode_of


@pytest.mark.parametrize(
    "provider", ["hyperswitch", "stripe", "another", "Sandbox", "sandbox2", ""]
)
def test_every_provider_but_the_sandbox_moves_real_money(provider: str) -> None:
    assert mode_of(provider) is MoneyMode.LIVE
    assert mode_of("sandbox") is MoneyMode.TEST


def test_providers_of_one_mode_go_together() -> None:
    assert ensure_one_mode("sandbox", "sandbox") is MoneyMode.TEST
    assert ensure_one_mode("hyperswitch", "stripe") is MoneyMode.LIVE


@pytest.mark.parametrize("pair", [("sandbox", "stripe"), ("hyperswitch", "sandbox")])
def test_providers_of_two_modes_are_refused_by_both_names(pair: tuple[str, str]) -> None:
    with pytest.raises(CannotStart) as refused:
        ensure_one_mode(*pair)

    words = str(refused.value)
    assert f"VEZA_PAYMENT_PROVIDER={pair[0]}" in words
    assert f"VEZA_PAYOUT_PROVIDER={pair[1]}" in words
