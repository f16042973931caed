-- Storage: what members use, what is being uploaded, and images.

-- The storage that each member uses, by kind. Triggers on the tables of the objects update it in
-- the same transaction, whatever statement or cascade changes them.
create table storage_usage (
    user_id uuid not null references users on delete cascade,
    kind    text not null
            check (kind in ('tracks', 'images', 'product_files', 'gear_documents', 'files')),
    bytes   bigint not null default 0 check (bytes >= 0),
    objects bigint not null default 0 check (objects >= 0),
    primary key (user_id, kind)
);

-- Add to the usage of a member. A member without a row is new, or being erased: then there is
-- nothing to subtract from.
create function add_to_storage_usage(member uuid, what text, more_bytes bigint, more_objects bigint)
    returns void language plpgsql as $$
begin
    if more_bytes > 0 or more_objects > 0 then
        insert into storage_usage (user_id, kind)
        select u.id, what from users u where u.id = member
        on conflict do nothing;
    end if;
    -- A wrong count must not prevent a deletion; `veza storage verify` reports it.
    update storage_usage
       set bytes = greatest(0, bytes + more_bytes), objects = greatest(0, objects + more_objects)
     where user_id = member and kind = what;
end
$$;

-- Account for a row that was inserted, updated or deleted. Arguments: the kind, and the column with
-- the size. It runs at the commit, after every other statement: the count is always locked last, so
-- there are no deadlocks.
create function account_storage() returns trigger language plpgsql as $$
declare
    was_owner uuid;
    was_size  bigint;
    is_owner  uuid;
    is_size   bigint;
begin
    if tg_op <> 'INSERT' then
        was_size := (to_jsonb(old)->>tg_argv[1])::bigint;
        was_owner := old.owner_id;
    end if;
    if tg_op <> 'DELETE' then
        is_size := (to_jsonb(new)->>tg_argv[1])::bigint;
        is_owner := new.owner_id;
    end if;
    if was_owner = is_owner then
        perform add_to_storage_usage(is_owner, tg_argv[0], is_size - was_size, 0);
        return null;
    end if;
    if was_owner is not null then
        perform add_to_storage_usage(was_owner, tg_argv[0], -was_size, -1);
    end if;
    if is_owner is not null then
        perform add_to_storage_usage(is_owner, tg_argv[0], is_size, 1);
    end if;
    return null;
end
$$;

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
    started_at     timestamptz not null default now(),
    -- Whether it may be interrupted and continued: see `resumable_uploads`.
    is_resumable   boolean not null default false
);

create index uploads_owner_id on uploads (owner_id);
create index uploads_parent_id on uploads (parent_id) where parent_id is not null;
create index uploads_started_at on uploads (started_at);

-- Uploads that may be interrupted and continued. Their storage is reserved by a row of `uploads`
-- with the same id until they are completed; it isn't renewed by a process, but whenever bytes
-- arrive.
create table resumable_uploads (
    id            uuid primary key,
    owner_id      uuid references users on delete set null,
    purpose       text not null check (purpose ~ '^[a-z_]{1,40}$'),
    -- As the client sent it: names with values in base64.
    metadata      text not null,
    length_bytes  bigint not null check (length_bytes >= 0),
    offset_bytes  bigint not null default 0,
    segments      integer not null default 0 check (segments >= 0),
    state         text not null default 'receiving'
                  check (state in ('receiving', 'received', 'completed', 'failed')),
    -- One of several parts, each uploaded by itself, of which a final upload is made.
    is_partial    boolean not null default false,
    -- The final upload that a part belongs to, and its place there.
    final_id      uuid references resumable_uploads on delete cascade,
    place         integer,
    -- The addresses of the parts of a final upload, as the client sent them.
    concat        text,
    -- The request, or the job, that may change the upload. The next one may replace it at any time.
    writer_id     uuid,
    writer_until  timestamptz not null default '-infinity',
    result_id     uuid,
    error_code    text,
    error_message text,
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    check (offset_bytes between 0 and length_bytes),
    check (state = 'receiving' or state = 'failed' or offset_bytes = length_bytes),
    check ((state = 'completed') = (result_id is not null)),
    check ((state = 'failed') = (error_code is not null)),
    check ((error_code is null) = (error_message is null)),
    check ((final_id is null) = (place is null)),
    check (final_id is null or is_partial),
    check (concat is null or not is_partial)
);

create index resumable_uploads_owner_id on resumable_uploads (owner_id, created_at);
create index resumable_uploads_final_id on resumable_uploads (final_id)
    where final_id is not null;
create index resumable_uploads_expires_at on resumable_uploads (expires_at);
create index resumable_uploads_received on resumable_uploads (writer_until)
    where state = 'received' and not is_partial;

-- What arrived, in objects that never change.
create table resumable_segments (
    id         uuid primary key,
    upload_id  uuid not null references resumable_uploads on delete cascade,
    first_byte bigint not null check (first_byte >= 0),
    size_bytes bigint not null check (size_bytes > 0),
    unique (upload_id, first_byte)
);

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

create constraint trigger images_accounted
    after insert or delete on images
    deferrable initially deferred
    for each row execute function account_storage('images', 'size_bytes');
create constraint trigger images_accounted_anew
    after update of owner_id, size_bytes on images
    deferrable initially deferred
    for each row execute function account_storage('images', 'size_bytes');
