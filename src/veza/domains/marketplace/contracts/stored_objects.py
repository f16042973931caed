"""Contracts, which are made again if they are missing, for `veza storage verify`."""

from veza.infra.storage.stored_objects import ObjectSource

OBJECT_SOURCE = ObjectSource(
    prefix="contracts/",
    place=1,
    sql="""
        select item_id as id, 'contracts/' || order_id || '/' || item_id || '.pdf' as key,
               null::bigint as size_bytes, null as sha256, false as is_needed
          from licence_contracts
    """,
    owners="""
        select c.item_id as id, 'contract of a licence, which is made again' as kind,
               c.data->>'work' as title, u.username as owner
          from licence_contracts c
          join ledger_subjects s on s.id = c.seller_subject
          left join users u on u.id = s.user_id
    """,
)
