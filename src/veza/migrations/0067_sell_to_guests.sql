-- Orders without an account: an address gets a link to each of its orders.

-- Contracts: since 1.0.0 all code names the columns of these keys; the new ones have the same columns.

-- Ordered without an account. It stays true when an account claims the order, and becomes false when
-- the address, or that account, is erased. Without it, an order without a buyer is that of an erased
-- account.
alter table orders add column is_guest boolean not null default false;

-- To whom the orders of guests are delivered. `orders.buyer_id` is the account that has claimed one.
create table guest_orders (
    order_id    uuid primary key references orders,
    email       text not null check (length(email) between 3 and 254),
    email_key   text not null generated always as (lower(email collate "C")) stored,
    -- Of mails about the order.
    language    text not null check (language in ('en', 'de', 'fr', 'es')),
    -- Links are signatures of the order with this; replacing it revokes all of them.
    link_nonce  bytea not null check (octet_length(link_nonce) = 16),
    -- Signatures by which the same request, or the same cart of the address, is recognized.
    cart_key    bytea not null check (octet_length(cart_key) = 32),
    request_key bytea check (octet_length(request_key) = 32),
    fingerprint bytea check (octet_length(fingerprint) = 32),
    check ((request_key is null) = (fingerprint is null))
);

create index guest_orders_email_key on guest_orders (email_key, order_id);
create index guest_orders_cart_key on guest_orders (cart_key);
create index guest_orders_request_key on guest_orders (request_key)
    where request_key is not null;

-- A licence without a buyer is that of a guest, or the second one of an account for a product: it
-- gives what its order gives, and takes the place of the first one if that is returned.
alter table licences drop constraint licences_pkey;
alter table licences drop constraint licences_item_id_key;
alter table licences alter column buyer_id drop not null;
alter table licences add primary key (item_id);
alter table licences add constraint licences_held_once unique (buyer_id, product_id);
