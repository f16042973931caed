-- Tips: lines of orders that sell no product. A paid period of a membership is one, too.

alter table order_items
    alter column product_id drop not null,
    add column kind text not null default 'product'
        check (kind in ('product', 'tip', 'membership')),
    add constraint order_items_kind_of_product check ((kind = 'product') = (product_id is not null)),
    -- They give no licence, so there is nothing to deliver, to hold or to give away.
    add constraint order_items_support_is_plain check (
        kind = 'product'
        or not (is_gift or is_redeemed or holds_unit)
           and price_cents > 0 and available_at is null and track_id is null
    );

-- The tip jar of a profile, with the amounts that it proposes and its thanks.
create table tip_jars (
    profile_id      uuid primary key references users on delete cascade,
    is_open         boolean not null,
    currency        text not null check (currency ~ '^[A-Z]{3}$'),
    suggested_cents bigint[] not null check (
        cardinality(suggested_cents) between 1 and 5
        and 50 <= all (suggested_cents) and 100000000 >= all (suggested_cents)
    ),
    thanks          text not null check (length(thanks) <= 500),
    updated_at      timestamptz not null default now()
);

-- The message of a tip; null once its giver is erased.
create table tips (
    item_id uuid primary key references order_items,
    message text check (length(message) between 1 and 500)
);

create index order_items_tips on order_items (seller_id, order_id) where kind = 'tip';
