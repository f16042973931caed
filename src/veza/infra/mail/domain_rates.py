"""The rate of bulk mails to addresses of one domain, over all processes."""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from veza.core.normalize import normalize_identifier
from veza.infra.valkey.client import WindowCounters

_WINDOW_S = 60


class AdmittedMails(Struct, frozen=True):
    """The places of addresses that may get a mail now, and in how many seconds the others may."""

    places: list[int]
    wait_s: dict[int, float]


class DomainRates(Struct, frozen=True):
    """Counts the mails of a minute; 0 per minute is no limit."""

    counters: WindowCounters
    per_minute: int

    async def admit(self, addresses: Sequence[str]) -> AdmittedMails:
        """Count mails to addresses, as far as their domains may get more in this minute."""
        if not self.per_minute:
            return AdmittedMails(list(range(len(addresses))), {})
        by_domain: defaultdict[str, list[int]] = defaultdict(list)
        for place, address in enumerate(addresses):
            by_domain[normalize_identifier(address.rpartition("@")[2])].append(place)
        admitted: list[int] = []
        wait_s: dict[int, float] = {}
        for domain, places in by_domain.items():
            window = await self.counters.add(f"bulk-mail:{domain}", _WINDOW_S, times=len(places))
            over = min(len(places), max(0, window.count - self.per_minute))
            may = len(places) - over
            admitted += places[:may]
            wait_s |= dict.fromkeys(places[may:], max(1.0, window.ends_in_s))
        return AdmittedMails(sorted(admitted), wait_s)
