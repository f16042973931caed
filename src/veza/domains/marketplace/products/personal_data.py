"""What this domain keeps of a person: to hand out, and to erase."""

from itertools import batched

from veza.core.ids import ProductId, UserId
from veza.core.personal_files import PersonalFile
from veza.domains.marketplace.products import queries, rules
from veza.domains.marketplace.products.events import ProductDeleted
from veza.domains.marketplace.products.models import OwnProduct, OwnQuery
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("products", "product_files")

_BATCH = 100


async def export(conn: Conn, user_id: UserId) -> list[OwnProduct]:
    """Hand out what a member sells, with the names of the files."""
    products: list[OwnProduct] = []
    while found := await queries.list_own(conn, user_id, OwnQuery(_BATCH, len(products))):
        names: dict[ProductId, list[str]] = {product.id: [] for product in found}
        for file in await queries.list_files(conn, list(names)):
            names[file.product_id].append(file.name)
        products += [rules.hand_out(product, names[product.id]) for product in found]
    return products


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """List the files that a member sells."""
    products = await export(conn, user_id)
    files: list[PersonalFile] = []
    for some in batched(products, _BATCH):
        for file in await queries.list_files(conn, [product.id for product in some]):
            key = rules.file_key(file.product_id, file.id)
            files.append(PersonalFile(f"{file.id}-{file.name}", key, file.size_bytes))
    return files


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what a member sells; what somebody ordered stays theirs, withdrawn and nobody's.

    In what it is called, and its files, the seller's name stands no more.
    """
    for product_id in await queries.delete_unordered_of(tx, user_id):
        await emit(tx, ProductDeleted(product_id))
    await queries.update_nameless_files(tx, user_id)
    await queries.update_orphaned(tx, user_id)
