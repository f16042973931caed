-- What items are found by. `words` has a weight for each kind of word, `title_key` is the folded
-- title. Rows exist only for what everybody may see; the folding is the program's.
--
-- GIN can neither sort nor stop early, so a common word would read all items that have it. Therefore
-- the 20,000 most popular items (`is_hot`) have an index of their own, which is searched first: a
-- word that few of them have is rare in the whole. Popularity and this tier are updated by a job,
-- so that a play or a like writes nothing here.
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
