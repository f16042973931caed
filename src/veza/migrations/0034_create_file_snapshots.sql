-- Files as they were when they were sent: later changes of the file don't matter. Each counts as a
-- reference to its content and doesn't cascade with the account: the erasure of a member removes
-- the references first.
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

-- Files of messages. A message can't be deleted before its file snapshot, which deletes the row.
create table message_files (
    message_id uuid primary key references messages,
    snapshot_id  uuid not null unique references file_snapshots on delete cascade
);
