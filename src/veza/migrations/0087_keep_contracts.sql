-- Contracts of licences: what both parties agreed when a variant was sold, as it is printed.

create table licence_contracts (
    item_id        uuid primary key references order_items,
    order_id       uuid not null references orders,
    seller_subject uuid not null,
    buyer_subject  uuid not null,
    language       text not null check (language in ('en', 'de', 'fr', 'es')),
    issued_at      timestamptz not null,
    data           jsonb not null check (jsonb_typeof(data) = 'object')
);

create index licence_contracts_order_id on licence_contracts (order_id);
create index licence_contracts_seller_subject on licence_contracts (seller_subject, item_id);
