-- Shows are found by their words, and players list the newest episodes of all.

create table show_search (
    id         uuid primary key references shows on delete cascade,
    popularity double precision not null,
    is_hot     boolean not null,
    title_key  text collate "C" not null check (length(title_key) <= 200),
    words      tsvector not null
);

create index show_search_words on show_search using gin (words) with (fastupdate = off);
create index show_search_hot_words on show_search using gin (words) with (fastupdate = off)
    where is_hot;
create index show_search_hot on show_search (popularity desc, id desc) where is_hot;
create index show_search_title_key on show_search (title_key, popularity desc);

alter table search_words
    drop constraint search_words_kind_check,
    add constraint search_words_kind_check check (
        kind in ('track', 'artist', 'product', 'post', 'release', 'playlist', 'show')
    );

create index episodes_published on episodes (published_at desc, track_id desc)
    where not is_planned;

-- What podcast applications downloaded of an episode on a day in UTC, as counted in Valkey: a row for
-- each run of these counts, of which there is more than one if Valkey lost some.
create table episode_downloads (
    track_id  uuid not null references episodes on delete cascade,
    day       date not null,
    run       uuid not null,
    downloads integer not null check (downloads > 0),
    primary key (track_id, day, run)
);
