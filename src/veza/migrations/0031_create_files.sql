-- Contents, each stored once for all files and versions that have it. The id names the object in
-- the storage. It is new for each upload, so no object is written twice, and an object that is
-- being deleted is never one that was just stored.
create table blobs (
    sha256      text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
    id          uuid not null unique,
    size_bytes  bigint not null check (size_bytes >= 0),
    -- The number of references, and since when there are none.
    refs        integer not null check (refs >= 0),
    orphaned_at timestamptz,
    created_at  timestamptz not null default now(),
    check ((refs = 0) = (orphaned_at is not null))
);

create index blobs_orphaned_at on blobs (orphaned_at) where orphaned_at is not null;

-- Members' own files. They don't cascade with the account: contents are counted, so the erasure of
-- a member removes the references first.
create table files (
    id          uuid primary key,
    owner_id    uuid not null references users,
    -- Parts separated by slashes; empty at the top.
    folder      text not null default '' check (length(folder) <= 1000),
    name        text not null check (length(name) between 1 and 255),
    -- The name without case and accents, for searching.
    search_text text not null,
    -- The current version: the latest one.
    version     integer not null check (version > 0),
    trashed_at  timestamptz,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);

create index files_owner_id on files (owner_id, id);
create index files_folder on files (owner_id, folder, id) where trashed_at is null;
create index files_trashed_at on files (trashed_at) where trashed_at is not null;

create table file_versions (
    id           uuid not null unique,
    file_id      uuid not null references files,
    version      integer not null check (version > 0),
    sha256       text not null references blobs,
    size_bytes   bigint not null check (size_bytes >= 0),
    content_type text not null check (length(content_type) between 1 and 255),
    -- Whether the owner wants to keep it: it is not thinned out.
    is_snapshot  boolean not null default false,
    created_at   timestamptz not null default now(),
    primary key (file_id, version)
);

create index file_versions_sha256 on file_versions (sha256);
create index file_versions_thinnable on file_versions (file_id, created_at) where not is_snapshot;

-- A file always has its current version: both are written in one transaction.
alter table files
    add constraint files_version_fkey foreign key (id, version)
        references file_versions (file_id, version) deferrable initially deferred;

-- Links that give others the current version of a file, without an account.
create table file_shares (
    id            uuid primary key,
    file_id       uuid not null references files on delete cascade,
    token_hash    bytea not null unique check (length(token_hash) = 32),
    permissions   text not null check (permissions = 'read'),
    password_hash text,
    downloads     integer not null default 0 check (downloads >= 0),
    max_downloads integer check (max_downloads > 0),
    expires_at    timestamptz not null,
    revoked_at    timestamptz,
    created_at    timestamptz not null default now(),
    check (max_downloads is null or downloads <= max_downloads)
);

create index file_shares_file_id on file_shares (file_id, id);
create index file_shares_expires_at on file_shares (expires_at);
