-- A product can be a release. It outlives the release, as it outlives a track.
alter table products
    add column release_id uuid references releases on delete set null,
    add constraint products_shows_one check (track_id is null or release_id is null),
    add constraint products_release_is_album check (release_id is null or type = 'album');

create index products_release_id on products (release_id) where release_id is not null;

-- With `pay_what_you_want`, `price_cents` is the least that a buyer may pay.
alter table products
    add column pricing text not null default 'fixed'
        check (pricing in ('fixed', 'pay_what_you_want'));

-- The price of a line, or the least that its buyer could pay, when it was ordered.
alter table order_items add column minimum_cents bigint;
update order_items set minimum_cents = price_cents;
alter table order_items
    alter column minimum_cents set not null,
    add constraint order_items_price_is_enough
        check (minimum_cents >= 0 and price_cents >= minimum_cents);
