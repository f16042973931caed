-- Orders. The id is that of the idempotency key, and the payment is named after it: whatever is
-- lost on the way, the same request finds it again.
create table orders (
    id            uuid primary key,
    -- Null after the account was erased. The subject is the buyer in the ledger.
    buyer_id      uuid references users on delete set null,
    buyer_subject uuid not null,
    status        text not null check (status in ('pending', 'paid', 'failed', 'cancelled',
                                                  'refund_pending', 'partially_refunded',
                                                  'refunded')),
    total_cents   bigint not null check (total_cents >= 0),
    currency      text not null check (currency ~ '^[A-Z]{3}$'),
    provider      text not null check (length(provider) between 1 and 40),
    payment_ref   text unique,
    client_secret text,
    billing       jsonb,
    -- Why the payment failed.
    reason        text,
    -- Needs attention: a wrong amount, a dispute, a failed return.
    is_flagged    boolean not null default false,
    -- The payment bought nothing and is refunded.
    came_late     boolean not null default false,
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    -- When to ask the provider for the status of the payment next.
    poll_at        timestamptz,
    paid_at       timestamptz,
    check ((status in ('pending', 'failed', 'cancelled')) = (paid_at is null)),
    check (paid_at is not null or not came_late)
);

create index orders_buyer_id on orders (buyer_id, id);
create index orders_poll_at on orders (poll_at) where poll_at is not null;
create index orders_is_flagged on orders (id) where is_flagged;

-- The lines of an order, as they were ordered; later changes of the product don't matter.
create table order_items (
    id             uuid primary key,
    order_id       uuid not null references orders,
    position       integer not null,
    product_id     uuid not null references products,
    -- The track whose original the buyer may download. No foreign key: the line outlives the track.
    track_id       uuid,
    seller_id      uuid references users on delete set null,
    seller_subject uuid not null,
    title          text not null check (length(title) between 1 and 200),
    licence        text not null,
    price_cents    bigint not null check (price_cents >= 0),
    fee_cents      bigint not null check (fee_cents between 0 and price_cents),
    net_cents      bigint not null check (net_cents = price_cents - fee_cents),
    -- Null with a refund: the refund is pending.
    refund_id      uuid,
    refunded_at    timestamptz,
    unique (order_id, position),
    check (refunded_at is null or refund_id is not null)
);

create index order_items_seller_id on order_items (seller_id, order_id);
create index order_items_product_id on order_items (product_id);
create index order_items_track_id on order_items (track_id) where track_id is not null;

-- The audio of an ordered track is kept for its buyers when the track is deleted.
alter table track_media drop constraint track_media_track_id_fkey;

-- Disputes of buyers with their banks. Without an amount: its end was reported, but not its start.
create table order_disputes (
    id           uuid primary key,
    order_id     uuid not null references orders,
    dispute_ref  text not null,
    status       text not null check (status in ('open', 'won', 'lost')),
    amount_cents bigint check (amount_cents > 0),
    created_at   timestamptz not null default now(),
    unique (order_id, dispute_ref)
);

-- The share of a line in a dispute, and the seller's part of it.
create table dispute_shares (
    dispute_id   uuid not null references order_disputes,
    item_id      uuid not null references order_items,
    amount_cents bigint not null check (amount_cents > 0),
    net_cents    bigint not null check (net_cents between 0 and amount_cents),
    primary key (dispute_id, item_id)
);

-- Licences of buyers. If two orders of one product are paid at once, the second finds this row.
create table licences (
    buyer_id   uuid not null references users on delete cascade,
    product_id uuid not null references products,
    item_id    uuid not null unique references order_items,
    granted_at timestamptz not null default now(),
    primary key (buyer_id, product_id)
);

alter table reviews add foreign key (order_id) references orders;

-- Sellers are notified of sales.
alter table notifications add column order_id uuid references orders on delete cascade;

create index notifications_order_id on notifications (order_id) where order_id is not null;
