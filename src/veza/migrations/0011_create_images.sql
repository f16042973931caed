-- Pictures that members show in posts and messages. The row is there before the file, so that an
-- upload that never ends is swept with all that was never used; the file of a row is stored once
-- its size is known.
create table images (
    id         uuid primary key,
    owner_id   uuid not null references users on delete cascade,
    -- Whether everybody may see it, rather than those with a signed URL. Nobody else's until used.
    is_public  boolean not null default false,
    width      integer check (width > 0),
    height     integer check (height > 0),
    size_bytes integer check (size_bytes > 0),
    created_at timestamptz not null default now(),
    used_at    timestamptz,
    check ((width is null) = (size_bytes is null) and (height is null) = (size_bytes is null)),
    check (used_at is null or size_bytes is not null),
    check (used_at is not null or not is_public)
);

create index images_owner_id on images (owner_id, id);
create index images_unused on images (owner_id, created_at) where used_at is null;
create index images_unused_created_at on images (created_at) where used_at is null;
