-- Limited stock of products, and their prices in further currencies.

-- What is left to sell; null is unlimited. Code that does not know it sells without a limit, so that
-- stock is entered once all servers know it.
alter table products add column stock integer check (stock >= 0);

-- Whether a line has taken a unit of the stock, and not given it back.
alter table order_items add column holds_unit boolean not null default false;

-- The network that a guest's order of limited products came from, as a signature: it may hold few
-- units that are not paid.
alter table guest_orders add column network_key bytea check (octet_length(network_key) = 32);

create index guest_orders_network_key on guest_orders (network_key) where network_key is not null;

-- Prices in further currencies than the product's own.
create table product_prices (
    product_id  uuid not null references products on delete cascade,
    currency    text not null check (currency ~ '^[A-Z]{3}$'),
    price_cents integer not null
                check (price_cents = 0 or price_cents between 50 and 100000000),
    primary key (product_id, currency)
);
