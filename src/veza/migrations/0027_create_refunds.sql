-- What buyers are given back. Its id is the one of the idempotency key it was requested under, and the
-- company's is made from it: however often it is told, it gives the money back once.
create table refunds (
    id             uuid primary key,
    order_id       uuid not null references orders,
    -- None where the money goes back by itself, or the account was erased.
    requested_by   uuid references users on delete set null,
    -- Of whose lines, where a seller requested it.
    seller_subject uuid,
    amount_cents   bigint not null check (amount_cents > 0),
    currency       text not null check (currency ~ '^[A-Z]{3}$'),
    reason         text not null check (length(reason) between 1 and 200),
    details        text check (length(details) <= 2000),
    status         text not null default 'pending' check (status in ('pending', 'made', 'failed')),
    -- Why the money couldn't go back.
    failure        text check (length(failure) between 1 and 1000),
    created_at     timestamptz not null default now(),
    -- Since when the company may be at it.
    asked_at       timestamptz,
    -- When to ask the company again, where nothing was heard.
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
