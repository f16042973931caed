-- Files as their owners sent them: the content and the name are those of that moment, whatever
-- becomes of the file. Each counts as one that has its content, so nothing here goes with the
-- account by itself: who erases a member releases the contents first.
create table file_snapshots (
    id           uuid primary key,
    owner_id     uuid not null references users,
    name         text not null check (length(name) between 1 and 255),
    sha256       text not null references blobs,
    size_bytes   bigint not null check (size_bytes >= 0),
    content_type text not null check (length(content_type) between 1 and 255),
    created_at   timestamptz not null default now()
);

create index file_snapshots_owner_id on file_snapshots (owner_id, id);
create index file_snapshots_sha256 on file_snapshots (sha256);

-- What hangs on a message besides images. A message isn't deleted before its file was taken back:
-- then the row goes too.
create table message_files (
    message_id uuid primary key references messages,
    snapshot_id  uuid not null unique references file_snapshots on delete cascade
);
