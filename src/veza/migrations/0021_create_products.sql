-- Products. One that was ordered is never deleted: its buyers keep it.
create table products (
    id             uuid primary key,
    -- Null after the account was erased; ordered products stay, withdrawn.
    seller_id      uuid references users on delete set null,
    title          text not null check (length(title) between 1 and 200),
    description    text not null default '' check (length(description) <= 5000),
    type           text not null
                   check (type in ('track', 'album', 'sample_pack', 'preset', 'service')),
    price_cents    integer not null
                   check (price_cents = 0 or price_cents between 50 and 100000000),
    currency       text not null check (currency ~ '^[A-Z]{3}$'),
    licence        text not null default '' check (length(licence) <= 5000),
    status         text not null default 'draft'
                   check (status in ('draft', 'published', 'withdrawn')),
    -- A product outlives its track.
    track_id       uuid references tracks on delete set null,
    rating_sum     integer not null default 0,
    reviews_count  integer not null default 0 check (reviews_count >= 0),
    rating_average double precision generated always as (
        case when reviews_count > 0 then rating_sum::double precision / reviews_count end
    ) stored,
    sales_count    integer not null default 0 check (sales_count >= 0),
    -- When it was first ordered.
    ordered_at     timestamptz,
    published_at   timestamptz,
    -- Whether its seller is suspended. Follows a suspension by a job, for counts; lists check the
    -- seller.
    is_hidden      boolean not null default false,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    check (seller_id is not null or status = 'withdrawn'),
    check (status <> 'published' or published_at is not null),
    check (rating_sum between reviews_count and 5 * reviews_count)
);

-- One index for each sort order of the list.
create index products_published_at on products (published_at, id) include (seller_id)
    where status = 'published';
create index products_price_cents on products (price_cents, id) include (seller_id)
    where status = 'published';
create index products_sales_count on products (sales_count, id) include (seller_id)
    where status = 'published';
create index products_rating on products (coalesce(rating_average, 0), reviews_count, id)
    include (seller_id) where status = 'published';
create index products_type on products (type, published_at, id) include (seller_id)
    where status = 'published';
create index products_seller_id on products (seller_id, id);
create index products_track_id on products (track_id) where track_id is not null;

-- The number of products in the unfiltered list, as changes to add up: a transaction that publishes
-- a product adds a row, so that it neither waits for others nor counts. A job sums them up.
create table product_count_changes (
    id         bigint primary key generated always as identity,
    difference bigint not null check (difference <> 0)
);

create function count_listed_products() returns trigger language plpgsql as $$
declare
    listed bigint := 0;
begin
    if tg_op = 'INSERT' then
        select count(*) into listed from inserted where status = 'published' and not is_hidden;
    elsif tg_op = 'DELETE' then
        select -count(*) into listed from deleted where status = 'published' and not is_hidden;
    else
        listed := case when new.status = 'published' and not new.is_hidden then 1 else -1 end;
    end if;
    if listed <> 0 then
        insert into product_count_changes (difference) values (listed);
    end if;
    return null;
end
$$;

create trigger products_inserted after insert on products
    referencing new table as inserted
    for each statement execute function count_listed_products();
create trigger products_deleted after delete on products
    referencing old table as deleted
    for each statement execute function count_listed_products();
create trigger products_listed after update of status, is_hidden on products
    for each row
    when ((old.status = 'published' and not old.is_hidden)
          <> (new.status = 'published' and not new.is_hidden))
    execute function count_listed_products();

create table product_files (
    id           uuid primary key,
    product_id   uuid not null references products on delete cascade,
    name         text not null check (length(name) between 1 and 255),
    size_bytes   bigint not null check (size_bytes > 0),
    content_type text not null check (length(content_type) between 1 and 255),
    sha256       text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    position     integer not null check (position >= 0),
    created_at   timestamptz not null default now(),
    unique (product_id, position)
);

-- A post shows a track or a product, and outlives either.
alter table posts
    add column product_id uuid references products on delete set null,
    add constraint posts_shows_one check (track_id is null or product_id is null);

create index posts_product_id on posts (product_id) where product_id is not null;
