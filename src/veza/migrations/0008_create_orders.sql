-- Orders: what was bought, refunded and disputed, and what buyers got for it.

-- Test money moves in the sandbox only, live money at real providers only. This function decides
-- the mode; `core.money_mode.mode_of` is the same in the program.
create function money_mode(provider text) returns text
    language sql immutable strict parallel safe
    return case provider when 'sandbox' then 'test' else 'live' end;

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
    poll_at       timestamptz,
    paid_at       timestamptz,
    -- That of the provider at which its payment was created; of a free order the one that was
    -- current when it was placed.
    mode          text not null generated always as (money_mode(provider)) stored,
    check ((status in ('pending', 'failed', 'cancelled')) = (paid_at is null)),
    check (paid_at is not null or not came_late),
    unique (id, mode)
);

create index orders_buyer_id on orders (buyer_id, id);
create index orders_poll_at on orders (poll_at) where poll_at is not null;
create index orders_is_flagged on orders (id) where is_flagged;
-- For figures by day.
create index orders_paid_at on orders (paid_at) where paid_at is not null;

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
    -- The price of the line, or the least that its buyer could pay, when it was ordered.
    minimum_cents  bigint not null,
    -- Of a release that was still to come when it was ordered: when it was to be available, and
    -- when it was delivered.
    available_at   timestamptz,
    delivered_at   timestamptz,
    is_undelivered boolean not null generated always as (
        available_at is not null and delivered_at is null
    ) stored,
    -- By a download code.
    is_redeemed    boolean not null default false,
    unique (order_id, position),
    check (refunded_at is null or refund_id is not null),
    constraint order_items_price_is_enough
        check (minimum_cents >= 0
               and (price_cents >= minimum_cents or (is_redeemed and price_cents = 0))),
    constraint order_items_delivered_if_ordered_before
        check (delivered_at is null or available_at is not null)
);

create index order_items_seller_id on order_items (seller_id, order_id);
create index order_items_product_id on order_items (product_id);
create index order_items_track_id on order_items (track_id) where track_id is not null;
create index order_items_undelivered on order_items (product_id) where is_undelivered;
-- For figures by day.
create index order_items_refunded_at on order_items (refunded_at) where refunded_at is not null;

-- Licences of buyers. If two orders of one product are paid at once, the second finds this row.
create table licences (
    buyer_id   uuid not null references users on delete cascade,
    product_id uuid not null references products,
    item_id    uuid not null unique references order_items,
    granted_at timestamptz not null default now(),
    primary key (buyer_id, product_id)
);

-- Buyers who have paid for a release that is to come get it, or their money back: until then it is
-- neither deleted nor unscheduled. A product of an erased seller has no seller.
create function ensure_no_preorders() returns trigger language plpgsql as $$
begin
    if exists (
        select from products p
          join order_items i on i.product_id = p.id and i.is_undelivered and i.price_cents > 0
          join licences l on l.item_id = i.id
         where p.release_id = old.id and p.seller_id is not null
    ) then
        raise exception 'release % has pre-orders', old.id
            using errcode = 'check_violation', constraint = 'releases_have_no_preorders';
    end if;
    return coalesce(new, old);
end
$$;

create trigger releases_hidden before update of visibility, publish_at on releases
    for each row
    when (new.visibility = 'private' and new.publish_at is null
          and (old.visibility <> 'private' or old.publish_at is not null))
    execute function ensure_no_preorders();

create trigger releases_preordered before delete on releases
    for each row execute function ensure_no_preorders();

-- Codes that give a product for nothing, once each. Only their hashes are stored.
create table code_batches (
    id          uuid primary key,
    product_id  uuid not null references products on delete cascade,
    -- Null after the seller's account was erased.
    label       text check (length(label) between 1 and 100),
    codes_count integer not null check (codes_count between 1 and 1000),
    used_count  integer not null default 0 check (used_count between 0 and codes_count),
    expires_at  timestamptz,
    -- When the unused codes were deleted.
    revoked_at  timestamptz,
    created_at  timestamptz not null default now()
);

create index code_batches_product_id on code_batches (product_id, id);

create table download_codes (
    code_hash   bytea primary key check (octet_length(code_hash) = 32),
    batch_id    uuid not null references code_batches on delete cascade,
    -- The line of the order by which it was redeemed.
    item_id     uuid unique references order_items,
    redeemed_at timestamptz,
    check ((item_id is null) = (redeemed_at is null))
);

create index download_codes_batch_id on download_codes (batch_id);

-- Reviews: one per buyer and product, with the seller's reply.
create table reviews (
    id          uuid primary key,
    product_id  uuid not null references products on delete cascade,
    buyer_id    uuid not null references users on delete cascade,
    -- The order that bought the product.
    order_id    uuid not null references orders,
    rating      smallint not null check (rating between 1 and 5),
    comment     text not null default '' check (length(comment) <= 5000),
    answer      text check (length(answer) between 1 and 5000),
    answered_at timestamptz,
    -- Reviews of suspended members are not in the average.
    is_hidden   boolean not null default false,
    created_at  timestamptz not null default now(),
    unique (product_id, buyer_id),
    check ((answer is null) = (answered_at is null))
);

create index reviews_product_id on reviews (product_id, created_at desc, id desc);
create index reviews_buyer_id on reviews (buyer_id, product_id);

-- An admin checked a flagged order and found nothing left to do; with the reason.
create table flag_clearances (
    id         uuid primary key,
    order_id   uuid not null references orders,
    -- Null after the admin's account was erased.
    cleared_by uuid references users on delete set null,
    reason     text not null check (length(reason) between 1 and 1000),
    created_at timestamptz not null default now()
);

create index flag_clearances_order_id on flag_clearances (order_id, created_at);
create index flag_clearances_cleared_by on flag_clearances (cleared_by)
    where cleared_by is not null;

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

create index order_disputes_unsettled on order_disputes (created_at)
    where status = 'open' or (status = 'lost' and amount_cents is null);

-- The share of a line in a dispute, and the seller's part of it.
create table dispute_shares (
    dispute_id   uuid not null references order_disputes,
    item_id      uuid not null references order_items,
    amount_cents bigint not null check (amount_cents > 0),
    net_cents    bigint not null check (net_cents between 0 and amount_cents),
    primary key (dispute_id, item_id)
);

-- All disputes of a provider that began before this time are known.
create table dispute_polls (
    provider     text primary key check (length(provider) between 1 and 40),
    polled_until timestamptz not null
);

-- When the provider was last asked for the status of an open dispute.
create table dispute_checks (
    dispute_id uuid primary key references order_disputes,
    checked_at timestamptz not null
);

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
    -- Without a result for a long time it is `unresolved` and shown to admins. Its lines stay
    -- reserved, because the provider may have made the refund.
    status         text not null default 'pending'
                   check (status in ('pending', 'unresolved', 'made', 'failed')),
    -- Why the refund failed, or has no result.
    failure        text check (length(failure) between 1 and 1000),
    created_at     timestamptz not null default now(),
    -- When the provider was first called.
    asked_at       timestamptz,
    -- When to ask the provider again, if there is no result.
    poll_at        timestamptz not null default now() + interval '2 minutes',
    settled_at     timestamptz,
    -- That of its payment, which the key ensures.
    mode           text not null default 'live' check (mode in ('live', 'test')),
    -- The result that an admin entered, and the admin.
    resolved_by    uuid references users on delete set null,
    resolution     text check (length(resolution) between 1 and 1000),
    check ((status in ('pending', 'unresolved')) = (settled_at is null)),
    check ((status in ('unresolved', 'failed')) = (failure is not null)),
    foreign key (order_id, mode) references orders (id, mode)
);

create index refunds_order_id on refunds (order_id);
create index refunds_requested_by on refunds (requested_by, id);
create index refunds_poll_at on refunds (poll_at) where status in ('pending', 'unresolved');
create index refunds_pending on refunds (created_at) where status = 'pending';
create index refunds_unresolved on refunds (id) where status = 'unresolved';
create index refunds_resolved_by on refunds (resolved_by) where resolved_by is not null;

create table refund_items (
    refund_id uuid not null references refunds,
    item_id   uuid not null references order_items,
    primary key (refund_id, item_id)
);

create index refund_items_item_id on refund_items (item_id);
