"""Sellers create, list, change, end and delete discounts."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.activities import Activity
from veza.core.ids import DiscountId
from veza.core.profiles import Right
from veza.domains.marketplace.discounts import errors, service
from veza.domains.marketplace.discounts.models import (
    Discount,
    DiscountChange,
    DiscountForm,
    DiscountList,
    DiscountTarget,
)
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of

_DISCOUNT = "/sell/discounts/{discount_id:uuid}"


@post(
    "/sell/discounts",
    access=Access.CREATOR,
    activity=Activity.UPLOAD,
    scope=None,
    errors=[ProductNotFound, errors.DiscountCodeTaken, errors.TooManyDiscounts],
)
async def create_discount(request: AnyRequest, data: JSONBody[DiscountForm], tx: Tx) -> Discount:
    """Create a discount code: a percentage off each price, or an amount off an order.

    It is for all of your products, or for those of `product_ids`. Buyers send the code with their
    order. Nobody pays less than nothing, and what is left of a total is nothing, or 50 cents.
    """
    return await service.create(tx, viewer_of(request), data)


@get("/sell/discounts", access=Access.USER, scope=None)
async def list_discounts(request: AnyRequest, conn: Conn) -> DiscountList:
    """List your discount codes, newest first, with how often they were used."""
    return await service.list_discounts(conn, viewer_of(request))


@put(
    _DISCOUNT,
    access=Access.CREATOR,
    activity=Activity.EDIT,
    scope=None,
    errors=[errors.DiscountNotFound, ProductNotFound],
)
async def update_discount(
    request: AnyRequest, discount_id: FromPath[UUID], data: JSONBody[DiscountChange], tx: Tx
) -> Discount:
    """Change the label, products, dates and limits of your own discount.

    Fields that are left out stay as they are. Orders that have used it don't change.
    """
    return await service.update(tx, _target(request, discount_id), data)


@post(
    f"{_DISCOUNT}/end",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=None,
    status_code=200,
    errors=[errors.DiscountNotFound],
)
async def end_discount(request: AnyRequest, discount_id: FromPath[UUID], tx: Tx) -> Discount:
    """End your own discount now. It stays in your list, and can be changed to go on."""
    return await service.end(tx, _target(request, discount_id))


@delete(
    _DISCOUNT, access=Access.USER, scope=None, status_code=200, errors=[errors.DiscountNotFound]
)
async def delete_discount(request: AnyRequest, discount_id: FromPath[UUID], tx: Tx) -> Discount:
    """Delete your own discount. Orders keep what it took off."""
    return await service.delete(tx, _target(request, discount_id))


def _target(request: AnyRequest, discount_id: UUID) -> DiscountTarget:
    return DiscountTarget(DiscountId(discount_id), viewer_of(request).id)


router = Router(
    "/",
    route_handlers=[
        create_discount,
        list_discounts,
        update_discount,
        end_discount,
        delete_discount,
    ],
    tags=["seller"],
    opt={"right": Right.SELL},
)
