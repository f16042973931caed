-- Codes by which sellers take something off the prices of their products.

create table discounts (
    id                 uuid primary key,
    seller_id          uuid not null references users,
    code               text not null check (code ~ '^[A-Za-z0-9-]{2,40}$'),
    -- Codes are compared without case.
    code_key           text not null generated always as (lower(code collate "C")) stored,
    -- A note of the seller, which no buyer sees.
    label              text check (length(label) between 1 and 100),
    percent            integer check (percent between 1 and 100),
    amount_cents       bigint check (amount_cents > 0),
    currency           text check (currency ~ '^[A-Z]{3}$'),
    -- Otherwise it is for the products of `discount_products` alone, of which none may be left.
    is_for_all         boolean not null,
    starts_at          timestamptz,
    ends_at            timestamptz,
    max_uses           integer check (max_uses > 0),
    max_uses_per_buyer integer check (max_uses_per_buyer > 0),
    -- The number of `discount_uses`: one for each order that was not cancelled.
    used_count         integer not null default 0 check (used_count >= 0),
    created_at         timestamptz not null default now(),
    unique (seller_id, code_key),
    check ((percent is null) <> (amount_cents is null)),
    check ((amount_cents is null) = (currency is null))
);

create table discount_products (
    discount_id uuid not null references discounts on delete cascade,
    product_id  uuid not null references products on delete cascade,
    primary key (discount_id, product_id)
);

create index discount_products_product_id on discount_products (product_id);

-- An order has one code. Its buyer is that of the order.
create table discount_uses (
    order_id    uuid primary key references orders,
    discount_id uuid not null references discounts on delete cascade
);

create index discount_uses_discount_id on discount_uses (discount_id);
