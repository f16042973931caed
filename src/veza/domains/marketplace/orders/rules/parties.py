"""The parties of a line, and how its amounts are divided between them.

A line without a split is that of one party, its seller. All amounts of a line are divided by the
same parts, with the largest remainders; so a part is always that of the amount which is left after
refunds and disputes, whatever they were and in whatever order they came.
"""

from veza.core.money import divide
from veza.domains.marketplace.orders.models.checkout import NewLinePart, NewOrderLine
from veza.domains.marketplace.orders.models.state import LinePart, OrderLine

WHOLE = 10_000


def list_parties(line: OrderLine) -> list[LinePart]:
    """Return the parties of a line, in their order."""
    return line.parts or [LinePart(line.seller_id, line.seller_subject, WHOLE)]


def divide_cents(line: OrderLine, cents: int) -> list[int]:
    """Return the amounts of the parties of a line, in their order, of an amount of the line."""
    return divide(cents, [party.parts_per_10000 for party in list_parties(line)])


def freeze_parts(line: NewOrderLine) -> list[NewLinePart]:
    """Return the parts of a line to store: none if it is its seller's alone.

    Fee and net are divided; a party's price is their sum.
    """
    if not line.parts:
        return []
    fees = divide_cents(line, line.fee_cents)
    nets = divide_cents(line, line.net_cents)
    return [
        NewLinePart(
            party_id=party.party_id,
            party_subject=party.party_subject,
            parts_per_10000=party.parts_per_10000,
            item_id=line.id,
            position=position,
            fee_cents=fee,
            net_cents=net,
        )
        for position, (party, fee, net) in enumerate(zip(line.parts, fees, nets, strict=True), 1)
    ]
