"""SQL of product files and uploads."""

from collections.abc import Sequence
from datetime import timedelta

from veza.core.ids import ProductFileId, ProductId
from veza.domains.marketplace.products.models import (
    ProductFileRef,
    StoredProductFile,
    UploadedProductFile,
)
from veza.infra.postgres.database import Conn, Tx

_FILE = "id, product_id, name, size_bytes, content_type, sha256, created_at"


async def insert_upload(tx: Tx, place: ProductFileRef) -> None:
    sql = "insert into product_uploads (file_id, product_id) values ($1, $2)"
    await tx.run(sql, place.file_id, place.product_id)


async def delete_upload(tx: Tx, file_id: ProductFileId) -> None:
    await tx.run("delete from product_uploads where file_id = $1", file_id)


async def list_old_uploads(conn: Conn, age: timedelta) -> list[ProductFileRef]:
    """List up to 1,000 uploads that began longer ago and never finished."""
    sql = """
        select product_id, file_id
          from product_uploads
         where started_at < now() - $1::interval
         order by started_at
         limit 1000
    """
    return await conn.all(ProductFileRef, sql, age)


async def count_places_taken(conn: Conn, product_id: ProductId) -> int:
    """Count a product's files, with those being uploaded."""
    sql = """
        select (select count(*) from product_files where product_id = $1)
             + (select count(*) from product_uploads where product_id = $1)
    """
    return await conn.value(int, sql, product_id) or 0


async def insert_file(tx: Tx, file: UploadedProductFile) -> StoredProductFile:
    """Append a file to a locked product."""
    sql = f"""
        insert into product_files (id, product_id, name, size_bytes, content_type, sha256, position)
             select $1, $2, $3, $4, $5, $6, coalesce(max(position) + 1, 0)
               from product_files
              where product_id = $2
          returning {_FILE}
    """
    place = file.place
    facts = (file.name, file.size_bytes, file.content_type, file.sha256)
    return await tx.one(StoredProductFile, sql, place.file_id, place.product_id, *facts)


async def list_files(conn: Conn, product_ids: Sequence[ProductId]) -> list[StoredProductFile]:
    """List the files of products, by product and position."""
    sql = f"""
        select {_FILE}
          from product_files
         where product_id = any($1)
         order by product_id, position
    """
    return await conn.all(StoredProductFile, sql, product_ids)


async def delete_file(tx: Tx, file: ProductFileRef) -> bool:
    """Delete a file of a product; return False if there is none."""
    sql = "delete from product_files where id = $1 and product_id = $2"
    return await tx.run(sql, file.file_id, file.product_id) == 1
