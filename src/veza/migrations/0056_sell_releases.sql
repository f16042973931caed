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

-- A line of a release that was still to come when it was ordered: when it was to be available, and
-- when it was delivered.
alter table order_items
    add column available_at timestamptz,
    add column delivered_at timestamptz,
    add column is_undelivered boolean not null generated always as (
        available_at is not null and delivered_at is null
    ) stored,
    add constraint order_items_delivered_if_ordered_before
        check (delivered_at is null or available_at is not null);

create index order_items_undelivered on order_items (product_id) where is_undelivered;

-- The tracks that were taken off a release which was ordered, or deleted: its buyers keep them. No
-- foreign key to the track: the row outlives it.
create table sold_tracks (
    product_id uuid not null references products on delete cascade,
    track_id   uuid not null,
    disc       smallint not null,
    number     smallint not null,
    primary key (product_id, track_id)
);

create index sold_tracks_track_id on sold_tracks (track_id);

create function keep_sold_track() returns trigger language plpgsql as $$
begin
    insert into sold_tracks (product_id, track_id, disc, number)
         select id, old.track_id, old.disc, old.number
           from products
          where release_id = old.release_id and ordered_at is not null
    on conflict do nothing;
    return old;
end
$$;

create trigger release_tracks_kept before delete on release_tracks
    for each row execute function keep_sold_track();

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

-- What a deleted release was sold as is withdrawn.
create function withdraw_products_of_release() returns trigger language plpgsql as $$
begin
    insert into sold_tracks (product_id, track_id, disc, number)
         select p.id, e.track_id, e.disc, e.number
           from products p
           join release_tracks e on e.release_id = p.release_id
          where p.release_id = old.id and p.ordered_at is not null
    on conflict do nothing;
    with withdrawn as (
           update products
              set status = 'withdrawn', updated_at = now()
            where release_id = old.id and status = 'published'
        returning id
    )
    delete from product_search where id in (select id from withdrawn);
    return old;
end
$$;

create trigger releases_withdrawn before delete on releases
    for each row execute function withdraw_products_of_release();

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

alter table order_items
    add column is_redeemed boolean not null default false,
    drop constraint order_items_price_is_enough,
    add constraint order_items_price_is_enough
        check (minimum_cents >= 0
               and (price_cents >= minimum_cents or (is_redeemed and price_cents = 0)));
