"""What tests of products send, and a step that orders products."""

from veza.app.services import Services
from veza.core.ids import ProductId
from veza.domains.marketplace.products import service

FORM = {"title": "Night Ferry", "type": "album", "price_cents": 1200, "licence": "Personal use."}


async def ordered(services: Services, *product_ids: ProductId) -> None:
    """Have somebody order products, committed."""
    async with services.database.transaction() as tx:
        assert len(await service.lock_for_sale(tx, product_ids)) == len(product_ids)
