-- Uploads that may be interrupted and continued. Their storage is reserved by a row of `uploads` with
-- the same id until they are completed; it isn't renewed by a process, but whenever bytes arrive.
alter table uploads add column is_resumable boolean not null default false;

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
