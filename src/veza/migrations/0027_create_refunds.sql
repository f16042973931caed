-- Refunds. The id is that of the idempotency key, and the provider's id is derived from it: however
-- often the provider is called, it refunds once.
create table refunds (
    id             uuid primary key,
    order_id       uuid not null references orders,
    -- Null for automatic refunds, and after the account was erased.
    requested_by   uuid references users on delete set null,
    -- The seller who requested it; null if another person did.
    seller_subject uuid,
    amount_cents   bigint not null check (amount_cents > 0),
    currency       text not null check (currency ~ '^[A-Z]{3}$'),
    reason         text not null check (length(reason) between 1 and 200),
    details        text check (length(details) <= 2000),
    status         text not null default 'pending' check (status in ('pending', 'made', 'failed')),
    -- Why the refund failed.
    failure        text check (length(failure) between 1 and 1000),
    created_at     timestamptz not null default now(),
    -- When the provider was first called.
    asked_at       timestamptz,
    -- When to ask the provider again, if there is no result.
    poll_at         timestamptz not null default now() + interval '2 minutes',
    settled_at     timestamptz,
    check ((status = 'pending') = (settled_at is null)),
    check ((status = 'failed') = (failure is not null))
);

create index refunds_order_id on refunds (order_id);
create index refunds_requested_by on refunds (requested_by, id);
create index refunds_poll_at on refunds (poll_at) where status = 'pending';

create table refund_items (
    refund_id uuid not null references refunds,
    item_id   uuid not null references order_items,
    primary key (refund_id, item_id)
);

create index refund_items_item_id on refund_items (item_id);
