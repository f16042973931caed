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

-- The files of a track: needed to play it, not to list it.
create table track_media (
    track_id       uuid primary key references tracks on delete cascade,
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
    uploaded_at    timestamptz not null default now()
);

create table track_lyrics (
    track_id   uuid primary key references tracks on delete cascade,
    plain      text check (octet_length(plain) between 1 and 65536),
    -- LRC, sorted by time.
    synced     text check (octet_length(synced) between 1 and 65536),
    updated_at timestamptz not null default now(),
    check (plain is not null or synced is not null)
);

-- Uploads in progress, of every kind. Each reserves storage: the process that receives it renews
-- `reserved_until`, and after that the reservation counts no more. What is still here after a day,
-- or is abandoned, is swept with all objects below `folder`. So the row must outlive its owner and
-- its parent: there is no foreign key to the parent, and the one to the owner sets null.
create table uploads (
    id             uuid primary key,
    kind           text not null
                   check (kind in ('tracks', 'images', 'product_files', 'gear_documents', 'files')),
    owner_id       uuid references users on delete set null,
    -- What the file will belong to, where a limit counts the files of a parent.
    parent_id      uuid,
    folder         text not null,
    reserved_bytes bigint not null check (reserved_bytes >= 0),
    reserved_until timestamptz not null,
    is_abandoned   boolean not null default false,
    started_at     timestamptz not null default now()
);

create index uploads_owner_id on uploads (owner_id);
create index uploads_parent_id on uploads (parent_id) where parent_id is not null;
create index uploads_started_at on uploads (started_at);

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
    created_at  timestamptz not null default now()
);

create index track_comments_track_id on track_comments (track_id, created_at, id);
create index track_comments_author_id on track_comments (author_id);

-- The latest counted play of a listener: another counts after half an hour.
create table track_plays (
    track_id  uuid not null references tracks on delete cascade,
    listener  text not null,
    user_id   uuid references users on delete cascade,
    played_at timestamptz not null default now(),
    primary key (track_id, listener)
);

create index track_plays_played_at on track_plays (played_at);
create index track_plays_user_id on track_plays (user_id) where user_id is not null;
