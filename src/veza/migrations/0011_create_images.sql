-- Images of posts, messages and playlists. Images that are not used within a day are deleted.
create table images (
    id         uuid primary key,
    owner_id   uuid not null references users on delete cascade,
    -- Whether everybody may see it, or only holders of a signed URL. Until it is used nobody else
    -- may.
    is_public  boolean not null default false,
    width      integer not null check (width > 0),
    height     integer not null check (height > 0),
    size_bytes integer not null check (size_bytes > 0),
    -- Hue and chroma (in thousandths) of its dark and its light colour.
    palette    smallint[] not null check (cardinality(palette) = 4),
    created_at timestamptz not null default now(),
    used_at    timestamptz,
    check (used_at is not null or not is_public)
);

create index images_owner_id on images (owner_id, id);
create index images_unused on images (owner_id, created_at) where used_at is null;
create index images_unused_created_at on images (created_at) where used_at is null;
