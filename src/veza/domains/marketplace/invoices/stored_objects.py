"""Documents, which are made again if they are missing, for `veza storage verify`."""

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
    owners="""
        select i.order_id as id, 'invoice, which is made again' as kind,
               i.year || '-' || lpad(i.number::text, greatest(6, length(i.number::text)), '0')
               as title, u.username as owner
          from invoices i
          join ledger_subjects s on s.id = i.seller_subject
          left join users u on u.id = s.user_id
    """,
)
