-- Each counted play, until its day is closed: see the decision on statistics. No time and no member:
-- `listener` is a keyed digest whose key changes daily, null for members who keep no history. No
-- foreign keys, because a row is deleted after two days at most, and never read one by one.
create table counted_plays (
    day       date not null default (now() at time zone 'UTC')::date,
    artist_id uuid not null,
    track_id  uuid not null,
    listener  text check (length(listener) between 1 and 200),
    client    text check (client in ('web', 'embed', 'subsonic', 'api')),
    -- The site that led to the play, without path.
    host      text check (length(host) between 1 and 253),
    check (host is null or client is not null)
);

create index counted_plays_day on counted_plays (day, artist_id, track_id);

create index track_likes_day on track_likes (((liked_at at time zone 'UTC')::date), track_id);
create index orders_paid_at on orders (paid_at) where paid_at is not null;
create index order_items_refunded_at on order_items (refunded_at) where refunded_at is not null;
create index ledger_postings_disputes on ledger_postings (posted_at)
    where kind in ('dispute', 'dispute_won');

-- Figures by day in UTC. The days before `open_since` are closed: they never change.
create table statistics_progress (
    id         boolean primary key default true check (id),
    open_since date not null
);

create table track_days (
    track_id  uuid not null references tracks on delete cascade,
    day       date not null,
    artist_id uuid not null references users on delete cascade,
    plays     integer not null default 0 check (plays >= 0),
    listeners integer not null default 0 check (listeners between 0 and plays),
    likes     integer not null default 0 check (likes >= 0),
    primary key (track_id, day)
);

create index track_days_day on track_days (day, artist_id);
create index track_days_artist_id on track_days (artist_id);

-- The listeners of several tracks are not the sum of their listeners.
create table artist_days (
    artist_id uuid not null references users on delete cascade,
    day       date not null,
    plays     integer not null check (plays >= 0),
    listeners integer not null check (listeners >= 0),
    likes     integer not null check (likes >= 0),
    primary key (artist_id, day)
);

create table release_days (
    release_id uuid not null references releases on delete cascade,
    day        date not null,
    listeners  integer not null check (listeners >= 0),
    primary key (release_id, day)
);

-- `client` is `other` and `host` is `other` for those with too few listeners to be named; `host` is
-- empty for plays without one.
create table track_referrers (
    track_id  uuid not null references tracks on delete cascade,
    day       date not null,
    artist_id uuid not null references users on delete cascade,
    client    text not null,
    host      text not null check (length(host) <= 253),
    plays     integer not null check (plays > 0),
    primary key (track_id, day, client, host)
);

create index track_referrers_day on track_referrers (day, artist_id);
create index track_referrers_artist_id on track_referrers (artist_id);

create table artist_referrers (
    artist_id uuid not null references users on delete cascade,
    day       date not null,
    client    text not null,
    host      text not null check (length(host) <= 253),
    plays     integer not null check (plays > 0),
    primary key (artist_id, day, client, host)
);

create index artist_referrers_day on artist_referrers (day, artist_id);

-- Sales, and what they earned after fees: less what was refunded or disputed on that day.
create table product_days (
    product_id    uuid not null references products on delete cascade,
    day           date not null,
    currency      text not null check (currency ~ '^[A-Z]{3}$'),
    mode          text not null check (mode in ('live', 'test')),
    sales_count   integer not null check (sales_count >= 0),
    refunds_count integer not null check (refunds_count >= 0),
    net_cents     bigint not null,
    primary key (product_id, day, currency, mode)
);

create table seller_days (
    seller_id     uuid not null references users on delete cascade,
    day           date not null,
    currency      text not null check (currency ~ '^[A-Z]{3}$'),
    mode          text not null check (mode in ('live', 'test')),
    sales_count   integer not null check (sales_count >= 0),
    refunds_count integer not null check (refunds_count >= 0),
    net_cents     bigint not null,
    primary key (seller_id, day, currency, mode)
);
