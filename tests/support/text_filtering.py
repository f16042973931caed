"""Text filters of a test: one word is refused, and another one is reported."""

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from veza.app.services import Services
from veza.domains.platform.text_filters import rules
from veza.domains.platform.text_filters.models import (
    TextFilterEffect,
    TextFilterForm,
    TextFilterKind,
    TextPattern,
)

REFUSED, REPORTED = "loathsome", "dubious"


@contextmanager
def filtered_words(services: Services) -> Generator[None]:
    """Filter both words inside the `with`."""
    before = services.text_filters.index
    patterns = [
        TextPattern(
            TextFilterKind.WORDS,
            rules.read_pattern(TextFilterForm(TextFilterKind.WORDS, word, effect)),
            effect,
        )
        for word, effect in (
            (REFUSED, TextFilterEffect.REJECT),
            (REPORTED, TextFilterEffect.REPORT),
        )
    ]
    services.text_filters.index = rules.build_index(patterns)
    try:
        yield
    finally:
        services.text_filters.index = before


async def take_reports(services: Services, content_type: str, content_id: UUID) -> int:
    """Return how many cases of an item are open, and close them."""
    async with services.database.transaction() as tx:
        sql = "delete from reports where content_type = $1 and content_id = $2"
        return await tx.run(sql, content_type, content_id)
