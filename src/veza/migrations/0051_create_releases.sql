create table releases (
    id                uuid primary key,
    owner_id          uuid not null references users on delete cascade,
    title             text not null check (length(title) between 1 and 200),
    -- The displayed artist; null for the username of the owner.
    artist_name       text check (length(artist_name) between 1 and 200),
    -- The displayed artist in lower case, for sorting. Triggers keep it.
    artist_key        text not null,
    kind              text not null check (kind in ('album', 'ep', 'single', 'compilation', 'mix')),
    description       text not null default '' check (length(description) <= 5000),
    label             text check (length(label) between 1 and 200),
    catalogue_number  text check (length(catalogue_number) between 1 and 50),
    upc               text check (upc ~ '^([0-9]{12}|[0-9]{13})$'),
    genre             text check (length(genre) between 1 and 50),
    tags              text[] not null default '{}' check (cardinality(tags) <= 20),
    release_date      date,
    visibility        text not null check (visibility in ('public', 'unlisted', 'private')),
    -- When a job will publish it. Private until then.
    publish_at        timestamptz check (publish_at is null or visibility = 'private'),
    -- When it was first public and had tracks. Followers are notified once.
    published_at      timestamptz,
    -- Deleted with the release, and shown by nothing else.
    cover_image_id    uuid unique references images on delete set null,
    -- Triggers count the tracks and their length.
    tracks_count      integer not null default 0 check (tracks_count between 0 and 500),
    duration_ms       bigint not null default 0 check (duration_ms >= 0),
    -- For a random selection.
    random_key        double precision not null default random(),
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    listed_at         timestamptz not null
                      generated always as (coalesce(published_at, created_at)) stored
);

create index releases_owner_id on releases (owner_id, listed_at, id);
create index releases_publish_at on releases (publish_at, id) where publish_at is not null;
-- One index for each order and filter of the lists of what everybody may see.
create index releases_listed on releases (listed_at, id)
    where visibility = 'public' and tracks_count > 0;
create index releases_kind on releases (kind, listed_at, id)
    where visibility = 'public' and tracks_count > 0;
create index releases_genre on releases (genre, listed_at, id)
    where visibility = 'public' and tracks_count > 0;
create index releases_title on releases (lower(title), id)
    where visibility = 'public' and tracks_count > 0;
create index releases_artist_key on releases (artist_key, lower(title), id)
    where visibility = 'public' and tracks_count > 0;
create index releases_release_date on releases (release_date, id)
    where visibility = 'public' and tracks_count > 0;
create index releases_random_key on releases (random_key, id)
    where visibility = 'public' and tracks_count > 0;

create table release_tracks (
    release_id  uuid not null references releases on delete cascade,
    disc        smallint not null check (disc between 1 and 99),
    number      smallint not null check (number between 1 and 999),
    track_id    uuid not null references tracks on delete cascade,
    primary key (release_id, disc, number),
    unique (track_id, release_id)
);

-- The name is what the owner wrote: it stays if the account of the member is deleted.
create table release_credits (
    release_id  uuid not null references releases on delete cascade,
    position    smallint not null check (position between 0 and 99),
    name        text not null check (length(name) between 1 and 200),
    role        text not null check (length(role) between 1 and 50),
    user_id     uuid references users on delete set null,
    primary key (release_id, position)
);

create index release_credits_user_id on release_credits (user_id) where user_id is not null;

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

alter table notifications add column release_id uuid references releases on delete cascade;

create index notifications_release_id on notifications (release_id) where release_id is not null;

-- Everything locks tracks before the releases that they are on, and releases in the order of ids.
create function lock_releases_of_track() returns trigger language plpgsql as $$
begin
    perform from releases
      where id in (select release_id from release_tracks where track_id = old.id)
      order by id
        for no key update;
    return old;
end
$$;

create trigger tracks_releases_locked before delete on tracks
    for each row execute function lock_releases_of_track();

create function count_release_tracks(ids uuid[]) returns void language plpgsql as $$
begin
    perform from releases where id = any(ids) order by id for no key update;
    update releases r
       set tracks_count = n.tracks_count, duration_ms = n.duration_ms
      from (select i.id, count(t.id) as tracks_count, coalesce(sum(t.duration_ms), 0) as duration_ms
              from unnest(ids) as i (id)
              left join release_tracks e on e.release_id = i.id
              left join tracks t on t.id = e.track_id
             group by i.id) n
     where r.id = n.id;
end
$$;

create function count_changed_release_tracks() returns trigger language plpgsql as $$
begin
    perform count_release_tracks(array(select distinct release_id from changed));
    return null;
end
$$;

create trigger release_tracks_added after insert on release_tracks
    referencing new table as changed
    for each statement execute function count_changed_release_tracks();
create trigger release_tracks_removed after delete on release_tracks
    referencing old table as changed
    for each statement execute function count_changed_release_tracks();

create function sum_release_durations() returns trigger language plpgsql as $$
begin
    perform count_release_tracks(
        array(select release_id from release_tracks where track_id = new.id)
    );
    return null;
end
$$;

create trigger tracks_measured after update of duration_ms on tracks
    for each row when (old.duration_ms is distinct from new.duration_ms)
    execute function sum_release_durations();

create function set_release_artist_key() returns trigger language plpgsql as $$
begin
    new.artist_key := lower(
        coalesce(new.artist_name, (select username from users where id = new.owner_id))
    );
    return new;
end
$$;

create trigger releases_artist_named before insert or update of artist_name on releases
    for each row execute function set_release_artist_key();

create function rename_release_artist() returns trigger language plpgsql as $$
begin
    update releases set artist_name = null where owner_id = new.id and artist_name is null;
    return null;
end
$$;

create trigger users_releases_renamed after update of username on users
    for each row when (old.username is distinct from new.username)
    execute function rename_release_artist();
