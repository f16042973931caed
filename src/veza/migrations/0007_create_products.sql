-- Sellers, and what they sell.

-- The profile of a seller, for invoices, and the currency of their prices.
create table sellers (
    user_id    uuid primary key references users on delete cascade,
    legal_name text check (length(legal_name) between 1 and 200),
    address    text check (length(address) between 1 and 1000),
    country    text check (country ~ '^[A-Z]{2}$'),
    vat_id     text check (length(vat_id) between 1 and 30),
    vat_rate   numeric(5, 4) check (vat_rate between 0 and 1),
    currency   text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    updated_at timestamptz not null default now()
);

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
    -- A product can be a release. It outlives the release, as it outlives a track.
    release_id     uuid references releases on delete set null,
    -- With `pay_what_you_want`, `price_cents` is the least that a buyer may pay.
    pricing        text not null default 'fixed'
                   check (pricing in ('fixed', 'pay_what_you_want')),
    check (seller_id is not null or status = 'withdrawn'),
    check (status <> 'published' or published_at is not null),
    check (rating_sum between reviews_count and 5 * reviews_count),
    constraint products_shows_one check (track_id is null or release_id is null),
    constraint products_release_is_album check (release_id is null or type = 'album')
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
create index products_release_id on products (release_id) where release_id is not null;

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
    -- Set by a trigger: the product may be deleted first.
    owner_id     uuid references users on delete set null,
    unique (product_id, position)
);

create index product_files_owner_id on product_files (owner_id) where owner_id is not null;

create function own_product_file() returns trigger language plpgsql as $$
begin
    new.owner_id := (select p.seller_id from products p where p.id = new.product_id);
    return new;
end
$$;

create trigger product_files_owned before insert on product_files
    for each row execute function own_product_file();

create constraint trigger product_files_accounted
    after insert or delete on product_files
    deferrable initially deferred
    for each row execute function account_storage('product_files', 'size_bytes');
create constraint trigger product_files_accounted_anew
    after update of owner_id, size_bytes on product_files
    deferrable initially deferred
    for each row execute function account_storage('product_files', 'size_bytes');

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

-- Releases as ZIP files in a format that a buyer chose: built by a job, shared by all buyers, and
-- deleted some time after the last download.
create table release_archives (
    id             uuid primary key,
    -- Null after the release was deleted: a job deletes the archive.
    release_id     uuid references releases on delete set null,
    format         text not null
                   check (format in ('original', 'flac', 'mp3_v0', 'mp3_320', 'aac', 'opus')),
    -- A hash of everything in the archive.
    version        text not null check (version ~ '^[0-9a-f]{32}$'),
    status         text not null default 'building'
                   check (status in ('building', 'ready', 'failed')),
    -- Each try writes its own object, so that one that was taken for dead does no harm.
    tries          integer not null default 0 check (tries >= 0),
    -- Counted before each try, so that a file that kills its worker is not retried for ever.
    attempts       smallint not null default 0 check (attempts >= 0),
    progress       double precision not null default 0 check (progress between 0 and 1),
    failure_reason text check (length(failure_reason) between 1 and 300),
    -- The name of the file, without `.zip`.
    name           text not null check (length(name) between 1 and 200),
    size_bytes     bigint check (size_bytes > 0),
    sha256         text check (sha256 ~ '^[0-9a-f]{64}$'),
    created_at     timestamptz not null default now(),
    ready_at       timestamptz,
    -- When it was last asked for or downloaded, in steps of ten minutes.
    used_at        timestamptz not null default now(),
    -- Since then it is replaced, and kept for downloads that are under way.
    retired_at     timestamptz,
    check ((status = 'failed') = (failure_reason is not null)),
    check ((status = 'ready') = (ready_at is not null)),
    check (status <> 'ready' or size_bytes is not null and sha256 is not null)
);

create unique index release_archives_current on release_archives (release_id, format)
    where retired_at is null;
create index release_archives_release_id on release_archives (release_id);
create index release_archives_used_at on release_archives (used_at);
create index release_archives_retired_at on release_archives (retired_at)
    where retired_at is not null;
create index release_archives_orphaned on release_archives (id) where release_id is null;

-- Who is notified when an archive is ready; deleted then.
create table archive_requests (
    archive_id   uuid not null references release_archives on delete cascade,
    user_id      uuid not null references users on delete cascade,
    requested_at timestamptz not null default now(),
    primary key (archive_id, user_id)
);

create index archive_requests_user_id on archive_requests (user_id);
