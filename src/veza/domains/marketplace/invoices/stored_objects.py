"""Objects of invoices in the storage, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

# A missing document is created again on request.
OBJECT_SOURCE = ObjectSource(
    prefix="invoices/",
    place=1,
    sql="""
        select order_id as id,
               'invoices/' || order_id || '/' || coalesce(refund_id::text, 'invoice') || '.pdf'
               as key, null::bigint as size_bytes, null as sha256, false as is_needed
          from invoices
         union all
        select order_id, 'invoices/' || order_id || '/' || id || '.pdf', null, null, false
          from invoices
    """,
)
