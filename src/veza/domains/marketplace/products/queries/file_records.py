"""Files of a product are appended under its lock, and listed by position."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import ProductId, UserId
from veza.core.reviews import ReviewedObject
from veza.core.takedowns import ItemCopy
from veza.domains.marketplace.products.errors import FileInVariant
from veza.domains.marketplace.products.models.files import (
    ProductFileRef,
    StoredProductFile,
    UploadedProductFile,
)
from veza.domains.marketplace.products.shared_queries import FILE_COLUMNS
from veza.infra.postgres.database import Conn, ConstraintViolation, Tx


async def count_files(conn: Conn, product_id: ProductId) -> int:
    sql = "select count(*) from product_files where product_id = $1"
    return await conn.value(int, sql, product_id) or 0


async def insert_file(tx: Tx, file: UploadedProductFile) -> StoredProductFile:
    """Append a file to a locked product."""
    sql = f"""
        insert into product_files (id, product_id, name, size_bytes, content_type, sha256, position)
             select $1, $2, $3, $4, $5, $6, coalesce(max(position) + 1, 0)
               from product_files
              where product_id = $2
          returning {FILE_COLUMNS}
    """
    place = file.place
    facts = (file.name, file.size_bytes, file.content_type, file.sha256)
    return await tx.one(StoredProductFile, sql, place.file_id, place.product_id, *facts)


async def list_files_of(conn: Conn, seller_id: UserId) -> list[StoredProductFile]:
    """List the files of all products of a seller, newest product first."""
    sql = f"""
        select {FILE_COLUMNS}
          from product_files
         where product_id in (select id from products where seller_id = $1)
         order by product_id desc, position
    """
    return await conn.every(StoredProductFile, sql, seller_id)


async def list_reviewed(conn: Conn, product_id: UUID) -> list[ReviewedObject]:
    """Return the files of a product, with their keys as in `stored_objects`."""
    sql = """
        select id, name, 'products/' || product_id || '/' || id || '/file' as key, size_bytes,
               content_type, sha256, created_at as stored_at
          from product_files
         where product_id = $1
         order by position
    """
    return await conn.all(ReviewedObject, sql, product_id)


async def list_same_files(conn: Conn, hashes: Sequence[str], owner_id: UserId) -> list[ItemCopy]:
    """Return the published products of others that have one of these files."""
    sql = """
        select 'product' as content_type, p.id as content_id, p.title, u.username as owner_name,
               true as same_file, 1.0::real as share, null as category
          from products p
          join users u on u.id = p.seller_id
         where p.status = 'published' and p.seller_id <> $2
           and p.id in (select f.product_id from product_files f where f.sha256 = any($1))
         order by p.id
         limit 10
    """
    return await conn.all(ItemCopy, sql, list(hashes), owner_id)


async def delete_file(tx: Tx, file: ProductFileRef) -> bool:
    """Delete a file of a product; return False if there is none. Raises FileInVariant."""
    sql = "delete from product_files where id = $1 and product_id = $2"
    try:
        return await tx.run(sql, file.file_id, file.product_id) == 1
    except ConstraintViolation as error:
        if error.constraint == "product_variant_files_file_id_fkey":
            raise FileInVariant from error
        raise
