-- What jobs derive from everything else: indexes of words, similar music, and figures by day.

-- What items are found by. `words` has a weight for each kind of word, `title_key` is the folded
-- title. Rows exist only for what everybody may see; the folding is the program's.
--
-- GIN can neither sort nor stop early, so a common word would read all items that have it.
-- Therefore the 20,000 most popular items (`is_hot`) have an index of their own, which is searched
-- first: a word that few of them have is rare in the whole. Popularity and this tier are updated by
-- a job, so that a play or a like writes nothing here.
create table track_search (
    id         uuid primary key references tracks on delete cascade,
    popularity double precision not null,
    is_hot     boolean not null,
    title_key  text collate "C" not null check (length(title_key) <= 200),
    words      tsvector not null
);

create index track_search_words on track_search using gin (words) with (fastupdate = off);
create index track_search_hot_words on track_search using gin (words) with (fastupdate = off)
    where is_hot;
create index track_search_hot on track_search (popularity desc, id desc) where is_hot;
create index track_search_title_key on track_search (title_key, popularity desc);

-- Members with public tracks.
create table artist_search (
    id         uuid primary key references users on delete cascade,
    popularity double precision not null,
    is_hot     boolean not null,
    title_key  text collate "C" not null check (length(title_key) <= 200),
    words      tsvector not null
);

create index artist_search_words on artist_search using gin (words) with (fastupdate = off);
create index artist_search_hot_words on artist_search using gin (words) with (fastupdate = off)
    where is_hot;
create index artist_search_hot on artist_search (popularity desc, id desc) where is_hot;
create index artist_search_title_key on artist_search (title_key, popularity desc);

create table product_search (
    id         uuid primary key references products on delete cascade,
    popularity double precision not null,
    is_hot     boolean not null,
    title_key  text collate "C" not null check (length(title_key) <= 200),
    words      tsvector not null
);

create index product_search_words on product_search using gin (words) with (fastupdate = off);
create index product_search_hot_words on product_search using gin (words) with (fastupdate = off)
    where is_hot;
create index product_search_hot on product_search (popularity desc, id desc) where is_hot;
create index product_search_title_key on product_search (title_key, popularity desc);

-- As `track_search`, of releases that everybody may see.
create table release_search (
    id         uuid primary key references releases on delete cascade,
    popularity double precision not null,
    is_hot     boolean not null,
    title_key  text collate "C" not null check (length(title_key) <= 200),
    words      tsvector not null
);

create index release_search_words on release_search using gin (words) with (fastupdate = off);
create index release_search_hot_words on release_search using gin (words) with (fastupdate = off)
    where is_hot;
create index release_search_hot on release_search (popularity desc, id desc) where is_hot;
create index release_search_title_key on release_search (title_key, popularity desc);

create table playlist_search (
    id         uuid primary key references playlists on delete cascade,
    popularity double precision not null,
    is_hot     boolean not null,
    title_key  text collate "C" not null check (length(title_key) <= 200),
    words      tsvector not null
);

create index playlist_search_words on playlist_search using gin (words) with (fastupdate = off);
create index playlist_search_hot_words on playlist_search using gin (words) with (fastupdate = off)
    where is_hot;
create index playlist_search_hot on playlist_search (popularity desc, id desc) where is_hot;
create index playlist_search_title_key on playlist_search (title_key, popularity desc);

create table post_search (
    id         uuid primary key references posts on delete cascade,
    popularity double precision not null,
    is_hot     boolean not null,
    title_key  text collate "C" not null check (length(title_key) <= 200),
    words      tsvector not null
);

create index post_search_words on post_search using gin (words) with (fastupdate = off);
create index post_search_hot_words on post_search using gin (words) with (fastupdate = off)
    where is_hot;
create index post_search_hot on post_search (popularity desc, id desc) where is_hot;
create index post_search_title_key on post_search (title_key, popularity desc);

-- A word and all that remains of it without one of its letters. Two words have an element in common
-- if they differ by one letter: missing, added, wrong, or swapped with its neighbour.
create function deletions(word text) returns text[]
    language sql immutable strict parallel safe
    as $$
        select array_append(array_agg(distinct overlay(word placing '' from n for 1)), word)
          from generate_series(1, length(word)) as n
    $$;

-- The distinct words of each index, and how many items have them. New words are inserted with their
-- item; a job counts `uses`, because common words would be a lock for all, and deletes words that
-- no item has.
create table search_words (
    kind text not null check (
        kind in ('track', 'artist', 'product', 'post', 'release', 'playlist')
    ),
    word text collate "C" not null check (length(word) > 0),
    uses integer not null check (uses >= 0),
    primary key (kind, word)
) with (fillfactor = 70); -- Counts are updated within a page, without a write to the indexes.

create index search_words_deletions on search_words using gin (deletions(word))
    with (fastupdate = off) where length(word) >= 3;
-- Long words are found despite several typing errors.
create index search_words_trigrams on search_words using gin (word gin_trgm_ops)
    with (fastupdate = off) where length(word) >= 8;

-- Public tracks that are ready, in a random order that never changes: a random selection reads
-- from random places of an index. `genre` is in lower case. Rows follow the tracks a little later,
-- so that reads check the tracks as well.
create table track_draws (
    track_id   uuid primary key references tracks on delete cascade,
    genre      text collate "C",
    year       smallint,
    random_key double precision not null default random()
);

create index track_draws_random_key on track_draws (random_key) include (track_id);
create index track_draws_genre on track_draws (genre, random_key) include (track_id);
create index track_draws_year on track_draws (year) include (track_id);
create index track_draws_genre_year on track_draws (genre, year) include (track_id);

-- The most similar tracks of each track, most similar first, and the numbers of its likes and plays
-- when they were computed. Arrays, because they are always read and written as a whole. Similar
-- tracks may be deleted or hidden meanwhile.
create table similar_tracks (
    track_id    uuid primary key references tracks on delete cascade,
    similar_ids uuid[] not null,
    scores      real[] not null,
    likes_count integer not null,
    plays_count bigint not null,
    computed_at timestamptz not null default now(),
    check (cardinality(similar_ids) = cardinality(scores) and cardinality(scores) <= 50)
);

-- Tracks whose similar tracks have to be computed: because the track changed, or because it became
-- similar to one that did.
create table stale_tracks (
    track_id   uuid primary key references tracks on delete cascade,
    is_changed boolean not null
);

create index stale_tracks_first on stale_tracks (is_changed desc, track_id);

create table similar_artists (
    artist_id  uuid not null references users on delete cascade,
    similar_id uuid not null references users on delete cascade,
    score      real not null,
    primary key (artist_id, similar_id),
    check (artist_id <> similar_id)
);

create index similar_artists_listed on similar_artists (artist_id, score desc, similar_id);
create index similar_artists_similar_id on similar_artists (similar_id);

-- Artists whose similar artists have to be computed.
create table stale_artists (
    artist_id uuid primary key references users on delete cascade
);

-- Each counted play, until its day is closed: see the decision on statistics. No time and no
-- member: `listener` is a keyed digest whose key changes daily, null for members who keep no
-- history. No foreign keys, because a row is deleted after two days at most, and never read one by
-- one.
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
