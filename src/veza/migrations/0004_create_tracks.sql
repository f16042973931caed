-- Tracks, what members do with them, and the tags and genres of all.

create table tracks (
    id               uuid primary key,
    owner_id         uuid not null references users on delete cascade,
    title            text not null check (length(title) between 1 and 200),
    description      text not null default '' check (length(description) <= 5000),
    genre            text check (length(genre) between 1 and 50),
    tags             text[] not null default '{}' check (cardinality(tags) <= 20),
    isrc             text check (isrc ~ '^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$'),
    year             smallint check (year between 1000 and 2999),
    bpm              double precision check (bpm between 1 and 999),
    musical_key      text check (musical_key ~ '^[A-G][#b]?m?$'),
    -- Null if neither the owner nor the file says.
    is_explicit      boolean,
    visibility       text not null check (visibility in ('public', 'unlisted', 'private')),
    downloadable     boolean not null default false,
    status           text not null default 'processing'
                     check (status in ('processing', 'ready', 'failed')),
    failure_reason   text,
    duration_ms      integer check (duration_ms > 0),
    format           text,
    bitrate          integer,
    sample_rate      integer,
    channels         smallint,
    loudness_lufs    double precision,
    true_peak_dbtp   double precision,
    -- Hue and chroma (in thousandths) of the dark and the light colour of the cover; null without.
    cover_palette    smallint[] check (cardinality(cover_palette) = 4),
    has_cover        boolean not null generated always as (cover_palette is not null) stored,
    likes_count      integer not null default 0 check (likes_count >= 0),
    comments_count   integer not null default 0 check (comments_count >= 0),
    plays_count      bigint not null default 0 check (plays_count >= 0),
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    check (status <> 'ready' or (duration_ms is not null and format is not null)),
    check ((status = 'failed') = (failure_reason is not null))
);

-- One index for each sort field, read backwards for the other direction.
create index tracks_created_at on tracks (created_at, id);
-- The public list alone: numbered pages skip rows without reading the table.
create index tracks_listed on tracks (created_at, id) include (owner_id)
    where visibility = 'public' and status = 'ready';
create index tracks_title on tracks (lower(title), id);
create index tracks_plays_count on tracks (plays_count, id);
create index tracks_likes_count on tracks (likes_count, id);
create index tracks_duration_ms on tracks (coalesce(duration_ms, 0), id);
create index tracks_genre on tracks (lower(genre), created_at, id);
create index tracks_format on tracks (format, created_at, id);
create index tracks_owner_id on tracks (owner_id, created_at, id);
-- For the number of tracks of a member that wait to be processed.
create index tracks_processing on tracks (owner_id) where status = 'processing';

-- The files of a track: needed to play it, not to list it.
create table track_media (
    -- No foreign key: the audio of an ordered track is kept for its buyers when the track is
    -- deleted.
    track_id       uuid primary key,
    filename       text not null,
    original_kind  text not null,
    original_size  bigint not null check (original_size > 0),
    original_hash  text not null,
    stream_size    bigint,
    preview_size   bigint,
    cover_size     integer,
    -- The tags of the file that concern its release; null if it has none.
    tags_read      jsonb check (octet_length(tags_read::text) <= 16384),
    -- 1,000 peaks, little-endian 16 bits each.
    peaks          bytea check (length(peaks) = 2000),
    -- Counted before each attempt, so that a file that kills its worker is not retried for ever.
    attempts       smallint not null default 0,
    uploaded_at    timestamptz not null default now(),
    -- The total size of the HLS files; null for tracks that are not ready.
    ladder_size    bigint check (ladder_size > 0),
    -- Set by a trigger: the track may be deleted first.
    owner_id       uuid references users on delete set null,
    -- The size of the original while it is kept, else 0.
    held_bytes     bigint not null check (held_bytes >= 0),
    -- A cover that the owner chose later, in place of the one that came with the file. Then
    -- `cover_size` is that of the image.
    cover_image_id uuid references images on delete set null,
    -- When the track failed. Its original is kept for a while, so that it can be processed again.
    failed_at      timestamptz
);

create index track_media_owner_id on track_media (owner_id) where owner_id is not null;
create unique index track_media_cover_image_id on track_media (cover_image_id)
    where cover_image_id is not null;
create index track_media_failed_at on track_media (failed_at, track_id) where failed_at is not null;

create function own_track_media() returns trigger language plpgsql as $$
begin
    new.owner_id := (select t.owner_id from tracks t where t.id = new.track_id);
    new.held_bytes := new.original_size;
    return new;
end
$$;

create trigger track_media_owned before insert on track_media
    for each row execute function own_track_media();

create constraint trigger track_media_accounted
    after insert or delete on track_media
    deferrable initially deferred
    for each row execute function account_storage('tracks', 'held_bytes');
create constraint trigger track_media_accounted_anew
    after update of owner_id, held_bytes on track_media
    deferrable initially deferred
    for each row execute function account_storage('tracks', 'held_bytes');

create table track_lyrics (
    track_id   uuid primary key references tracks on delete cascade,
    plain      text check (octet_length(plain) between 1 and 65536),
    -- LRC, sorted by time.
    synced     text check (octet_length(synced) between 1 and 65536),
    updated_at timestamptz not null default now(),
    check (plain is not null or synced is not null)
);

create table track_likes (
    track_id  uuid not null references tracks on delete cascade,
    user_id   uuid not null references users on delete cascade,
    -- While the member is suspended: the like is not counted.
    is_hidden boolean not null default false,
    liked_at  timestamptz not null default now(),
    -- `created_at` of the track, which never changes: the tracks that a member likes are listed in
    -- this order.
    track_created_at timestamptz not null,
    primary key (track_id, user_id)
);

create index track_likes_user_id on track_likes (user_id, track_id);
create index track_likes_listed on track_likes (user_id, track_created_at, track_id);
-- For figures by day.
create index track_likes_day on track_likes (((liked_at at time zone 'UTC')::date), track_id);

create function copy_track_created_at() returns trigger language plpgsql as $$
begin
    new.track_created_at := (select t.created_at from tracks t where t.id = new.track_id);
    return new;
end
$$;

create trigger track_likes_dated before insert on track_likes
    for each row when (new.track_created_at is null) execute function copy_track_created_at();

create table track_comments (
    id          uuid primary key,
    track_id    uuid not null references tracks on delete cascade,
    author_id   uuid not null references users on delete cascade,
    content     text not null check (length(content) between 1 and 2000),
    position_ms integer check (position_ms >= 0),
    created_at  timestamptz not null default now(),
    -- While the author is suspended: `tracks.comments_count` is the number of the other rows.
    is_hidden   boolean not null default false
);

create index track_comments_track_id on track_comments (track_id, created_at, id);
-- To process the comments of a member in batches, those on one track together.
create index track_comments_of_author on track_comments (author_id, track_id, id);

-- The latest counted play of a listener: another counts after half an hour.
create table track_plays (
    track_id  uuid not null references tracks on delete cascade,
    listener  text not null,
    user_id   uuid references users on delete cascade,
    played_at timestamptz not null default now(),
    -- A keyed digest of the network that the play was reported from, so that the listeners of one
    -- network can be counted.
    network   text,
    primary key (track_id, listener)
);

create index track_plays_played_at on track_plays (played_at);
create index track_plays_user_id on track_plays (user_id) where user_id is not null;
create index track_plays_network on track_plays (track_id, network, played_at);

-- The counted tags of public tracks. Without a foreign key to tracks, because the rows of a deleted
-- track stay until they are subtracted from the counts.
create table track_tags (
    track_id uuid not null,
    key      text not null,
    spelling text not null,
    primary key (track_id, key)
);

-- The tracks that have a tag.
create index track_tags_key on track_tags (key, track_id);

-- Tags in their folded form, and how many public tracks have them. Sorted by bytes, so that tags
-- with the same prefix are adjacent.
create table tags (
    key        text collate "C" check (length(key) > 0),
    uses_count integer not null check (uses_count >= 0),
    primary key (key) include (uses_count)
);

-- Very many tags may start with the same one or two letters: the most used are first.
create index tags_first_letter on tags (left(key, 1), uses_count desc, key);
create index tags_first_letters on tags (left(key, 2), uses_count desc, key);
create index tags_uses_count on tags (uses_count desc, key);
create index tags_trigrams on tags using gin (key gin_trgm_ops);

-- The spellings of tags in lower case, and how many of their tracks use them.
create table tag_spellings (
    spelling   text collate "C" primary key check (length(spelling) > 0),
    key        text collate "C" not null,
    uses_count integer not null check (uses_count >= 0)
);

create index tag_spellings_key on tag_spellings (key, uses_count desc, spelling);

-- The counted genres of public tracks, and how many tracks each genre has: as with tags.
create table track_genres (
    track_id uuid not null,
    genre    text collate "C" not null,
    primary key (track_id, genre)
);

create table genres (
    name         text collate "C" primary key check (length(name) > 0),
    tracks_count integer not null check (tracks_count >= 0)
);

create index genres_listed on genres (tracks_count desc, name);
