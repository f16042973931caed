-- Bundles: products of a seller that are bought together, for a price or a percentage less.

create table bundles (
    id           uuid primary key,
    seller_id    uuid not null references users,
    title        text not null check (length(title) between 1 and 200),
    description  text not null check (length(description) <= 5000),
    -- Listed products, or the newest of the seller at the moment.
    contents     text not null check (contents in ('products', 'all_albums', 'all_products')),
    price_cents  bigint check (price_cents = 0 or price_cents between 50 and 100000000),
    percent_off  integer check (percent_off between 1 and 99),
    currency     text not null check (currency ~ '^[A-Z]{3}$'),
    status       text not null check (status in ('draft', 'published', 'withdrawn')),
    -- What the seller chose, while the bundle is taken down.
    owner_status text check (owner_status in ('draft', 'published', 'withdrawn')),
    created_at   timestamptz not null default now(),
    updated_at   timestamptz not null default now(),
    constraint bundles_one_price check ((price_cents is null) <> (percent_off is null)),
    constraint bundles_taken_down check (owner_status is null or status = 'withdrawn')
);

create index bundles_seller_id on bundles (seller_id, id);

-- The listed products of a bundle, in the order of the seller.
create table bundle_products (
    bundle_id  uuid not null references bundles on delete cascade,
    position   integer not null check (position between 1 and 50),
    product_id uuid not null references products on delete cascade,
    primary key (bundle_id, position),
    unique (bundle_id, product_id)
);

create index bundle_products_product_id on bundle_products (product_id);

-- The newest products of a seller, for bundles of all of them.
create index products_seller_newest on products (seller_id, published_at, id)
 where status = 'published';
