-- Releases, and the catalogue of releases and tracks.

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
    likes_count       integer not null default 0 check (likes_count >= 0),
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

create table release_likes (
    release_id  uuid not null references releases on delete cascade,
    user_id     uuid not null references users on delete cascade,
    -- While the member is suspended: the like is not counted.
    is_hidden   boolean not null default false,
    liked_at    timestamptz not null default now(),
    primary key (release_id, user_id)
);

create index release_likes_user_id on release_likes (user_id, release_id);
create index release_likes_listed on release_likes (user_id, liked_at desc, release_id desc);

-- Kept by music/library. Whoever likes has locked the release.
create function count_release_likes() returns trigger language plpgsql as $$
declare
    before integer := case when tg_op = 'INSERT' or old.is_hidden then 0 else 1 end;
    later integer := case when tg_op = 'DELETE' or new.is_hidden then 0 else 1 end;
begin
    if later <> before then
        update releases set likes_count = likes_count + later - before
         where id = coalesce(new.release_id, old.release_id);
    end if;
    return null;
end
$$;

create trigger release_likes_counted after insert or delete or update of is_hidden
    on release_likes for each row execute function count_release_likes();

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
    perform place_items(
        array(select c.track_id
                from changed c
                join releases r on r.id = c.release_id
               where r.visibility = 'public'),
        case tg_op when 'INSERT' then 1 else -1 end
    );
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

-- What music players list: a row for each release and each track. An album is a public release, or
-- a public track that is on none. Triggers keep the rows, but for the numbers by which lists are
-- sorted: a job copies these, so that a play, a like or a rating writes nothing here.
--
-- Everything locks these rows after tracks and releases: those of releases before those of tracks.
create table catalogue_items (
    id              uuid primary key,
    is_release      boolean not null,
    owner_id        uuid not null,
    is_public       boolean not null,
    -- The number of public releases that a track is on.
    releases_count  integer not null default 0 check (releases_count >= 0),
    is_album        boolean not null
                    generated always as (is_public and releases_count = 0) stored,
    listed_at       timestamptz not null,
    title_key       text not null,
    artist_key      text not null,
    -- The release date, or when a track was uploaded; null for releases without a date.
    dated_at        timestamptz,
    genre           text collate "C",
    plays_count     bigint not null default 0,
    likes_count     integer not null default 0,
    -- Of members who are not suspended.
    ratings_sum     bigint not null default 0,
    ratings_count   integer not null default 0,
    -- Higher the better and the more often rated; 0 without ratings.
    rating          real not null
                    generated always as ((ratings_sum - 3 * ratings_count) / (ratings_count + 5.0))
                    stored
);

-- One index for each order. Rows that a page skips are not read from the table.
create index catalogue_items_albums on catalogue_items (listed_at, id)
    include (owner_id, is_release) where is_album;
create index catalogue_items_title on catalogue_items (title_key, id)
    include (owner_id, is_release) where is_album;
create index catalogue_items_artist on catalogue_items (artist_key, title_key, id)
    include (owner_id, is_release) where is_album;
create index catalogue_items_date on catalogue_items (dated_at, id)
    include (owner_id, is_release) where is_album;
create index catalogue_items_plays on catalogue_items (plays_count, id)
    include (owner_id, is_release) where is_album;
create index catalogue_items_rating on catalogue_items (rating, likes_count, id)
    include (owner_id, is_release) where is_album;
create index catalogue_items_tracks on catalogue_items (listed_at, id)
    include (owner_id) where is_public and not is_release;
create index catalogue_items_genre on catalogue_items (genre, listed_at, id)
    include (owner_id, is_release, is_album) where is_public;
create index catalogue_items_owner on catalogue_items (owner_id, is_public, listed_at, id)
    include (is_release, is_album, releases_count);

-- The artists and genres whose numbers of albums or tracks changed, by transaction: processes that
-- remember these read what changed since. A job deletes old rows.
create table catalogue_changes (
    changed_in  xid8 not null default pg_current_xact_id(),
    kind        text not null check (kind in ('artist', 'genre')),
    subject     text collate "C" not null,
    changed_at  timestamptz not null default now(),
    primary key (changed_in, kind, subject)
);

create index catalogue_changes_changed_at on catalogue_changes (changed_at);

create function place_items(ids uuid[], step integer) returns void language plpgsql as $$
begin
    perform from catalogue_items where id = any(ids) order by id for no key update;
    update catalogue_items i
       set releases_count = i.releases_count + step * n.times
      from (select id, count(*) as times from unnest(ids) as p (id) group by id) n
     where i.id = n.id;
end
$$;

create function keep_track_item() returns trigger language plpgsql as $$
begin
    insert into catalogue_items as i (id, is_release, owner_id, is_public, listed_at, title_key,
                                      artist_key, dated_at, genre, plays_count, likes_count)
         select new.id, false, new.owner_id,
                new.visibility = 'public' and new.status = 'ready'
                and exists (select from track_media m where m.track_id = new.id),
                new.created_at, lower(new.title), u.username_key, new.created_at, lower(new.genre),
                new.plays_count, new.likes_count
           from users u
          where u.id = new.owner_id
    on conflict (id) do update
            set is_public = excluded.is_public, title_key = excluded.title_key,
                genre = excluded.genre
          where (i.is_public, i.title_key, i.genre)
                is distinct from (excluded.is_public, excluded.title_key, excluded.genre);
    return null;
end
$$;

create trigger tracks_with_item after insert or update of visibility, status, title, genre
    on tracks for each row execute function keep_track_item();

-- A track is inserted before its files.
create function show_track_item() returns trigger language plpgsql as $$
begin
    if exists (select from tracks
                where id = new.track_id and visibility = 'public' and status = 'ready') then
        update catalogue_items set is_public = true where id = new.track_id and not is_public;
    end if;
    return null;
end
$$;

create trigger track_media_shown after insert on track_media
    for each row execute function show_track_item();

create function keep_release_item() returns trigger language plpgsql as $$
begin
    insert into catalogue_items as i (id, is_release, owner_id, is_public, listed_at, title_key,
                                      artist_key, dated_at, genre)
         values (new.id, true, new.owner_id, new.visibility = 'public' and new.tracks_count > 0,
                 new.listed_at, lower(new.title), new.artist_key,
                 new.release_date::timestamp at time zone 'UTC', lower(new.genre))
    on conflict (id) do update
            set is_public = excluded.is_public, listed_at = excluded.listed_at,
                title_key = excluded.title_key, artist_key = excluded.artist_key,
                dated_at = excluded.dated_at, genre = excluded.genre
          where (i.is_public, i.listed_at, i.title_key, i.artist_key, i.dated_at, i.genre)
                is distinct from (excluded.is_public, excluded.listed_at, excluded.title_key,
                                  excluded.artist_key, excluded.dated_at, excluded.genre);
    if tg_op = 'UPDATE' and (old.visibility = 'public') <> (new.visibility = 'public') then
        perform place_items(
            array(select track_id from release_tracks where release_id = new.id),
            case new.visibility when 'public' then 1 else -1 end
        );
    end if;
    return null;
end
$$;

create trigger releases_with_item
    after insert or update of title, artist_name, visibility, tracks_count, genre, release_date,
                              published_at
    on releases for each row execute function keep_release_item();

-- Before, because the tracks of a release are not known afterwards.
create function delete_release_item() returns trigger language plpgsql as $$
begin
    delete from catalogue_items where id = old.id;
    if old.visibility = 'public' then
        perform place_items(
            array(select track_id from release_tracks where release_id = old.id), -1
        );
    end if;
    return old;
end
$$;

create trigger releases_item_deleted before delete on releases
    for each row execute function delete_release_item();

create function delete_track_item() returns trigger language plpgsql as $$
begin
    delete from catalogue_items where id = old.id;
    return null;
end
$$;

create trigger tracks_item_deleted after delete on tracks
    for each row execute function delete_track_item();

create function rename_items() returns trigger language plpgsql as $$
begin
    update catalogue_items set artist_key = new.username_key
     where owner_id = new.id and not is_release;
    insert into catalogue_changes (kind, subject) values ('artist', new.id)
        on conflict do nothing;
    return null;
end
$$;

create trigger users_items_renamed after update of username on users
    for each row when (old.username is distinct from new.username)
    execute function rename_items();

create function note_item_change(item catalogue_items) returns void language sql as $$
    insert into catalogue_changes (kind, subject)
         select 'artist', item.owner_id::text where item.is_album
          union all
         select 'genre', item.genre where item.is_public and item.genre is not null
    on conflict do nothing
$$;

create function note_catalogue_change() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        perform note_item_change(old);
    end if;
    if tg_op <> 'DELETE' then
        perform note_item_change(new);
    end if;
    return null;
end
$$;

create trigger catalogue_items_added after insert on catalogue_items
    for each row when (new.is_public) execute function note_catalogue_change();
create trigger catalogue_items_changed after update on catalogue_items
    for each row when ((old.is_public, old.is_album, old.genre)
                       is distinct from (new.is_public, new.is_album, new.genre))
    execute function note_catalogue_change();
create trigger catalogue_items_removed after delete on catalogue_items
    for each row when (old.is_public) execute function note_catalogue_change();
