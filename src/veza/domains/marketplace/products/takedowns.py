"""Products are taken down and restored: withdrawn, with what their sellers chose kept."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import ProductId
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.marketplace.products import service
from veza.domains.marketplace.products.queries import records
from veza.infra.postgres.database import Conn, Tx


async def _find_owned(conn: Conn, content_id: UUID) -> OwnedItem | None:
    product = await records.find_product(conn, ProductId(content_id))
    if product is None or product.seller_id is None:
        return None
    return OwnedItem(product.seller_id, product.title)


async def _take_down(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    product = await records.lock_product(tx, ProductId(content_id))
    if product is None:
        return None
    await records.update_taken_down(tx, product.id)
    await service.index_products(tx, [product.id])
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    product = await records.lock_product(tx, ProductId(content_id))
    if product is not None:
        await records.update_restored(tx, product.id)
        await service.index_products(tx, [product.id])


async def _delete_taken_down(tx: Tx, content_id: UUID, seller: Member) -> None:
    product = await service.lock_own(tx, ProductId(content_id), seller)
    await service.remove(tx, product)


TAKEDOWN = TakedownKind(_find_owned, _take_down, _restore, _delete_taken_down)
