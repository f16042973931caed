-- Private files of members with versions and shares, and their gear with its documents.

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
-- For lists of a member's files by name; the trash is usually small.
create index files_search_text on files (owner_id, search_text, id) where trashed_at is null;

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
    -- Set by a trigger: the file may be deleted first.
    owner_id     uuid not null references users,
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
    message_id  uuid primary key references messages,
    snapshot_id uuid not null unique references file_snapshots on delete cascade
);

-- The contents that a member holds, and in how many versions and snapshots. Their total is in
-- `storage_usage` (kind `files`): `bytes` sums distinct contents, `objects` counts files. So the
-- quota of an upload is checked without a sum over all versions.
create table content_owners (
    owner_id   uuid not null references users on delete cascade,
    sha256     text not null,
    size_bytes bigint not null check (size_bytes >= 0),
    refs       integer not null check (refs > 0),
    primary key (owner_id, sha256)
);

create index content_owners_size on content_owners (owner_id, size_bytes);

create function own_file_version() returns trigger language plpgsql as $$
begin
    new.owner_id := coalesce(
        new.owner_id, (select f.owner_id from files f where f.id = new.file_id)
    );
    return new;
end
$$;

create trigger file_versions_owned before insert on file_versions
    for each row execute function own_file_version();

-- Account for a version or a snapshot that was added or deleted. It runs at the commit and locks
-- the member's count first, so there are no deadlocks.
create function account_contents() returns trigger language plpgsql as $$
declare
    member uuid := case tg_op when 'INSERT' then new.owner_id else old.owner_id end;
    is_first boolean;
    is_last boolean;
begin
    if tg_op = 'INSERT' then
        insert into storage_usage (user_id, kind)
        select u.id, 'files' from users u where u.id = member
        on conflict do nothing;
    end if;
    perform from storage_usage where user_id = member and kind = 'files' for no key update;
    if tg_op = 'INSERT' then
        insert into content_owners as h (owner_id, sha256, size_bytes, refs)
        select u.id, new.sha256, new.size_bytes, 1 from users u where u.id = member
        on conflict (owner_id, sha256) do update
                set refs = h.refs + 1
          returning refs = 1 into is_first;
        if is_first then
            perform add_to_storage_usage(member, 'files', new.size_bytes, 0);
        end if;
        return null;
    end if;
    delete from content_owners
          where owner_id = member and sha256 = old.sha256 and refs = 1
      returning true into is_last;
    if is_last then
        perform add_to_storage_usage(member, 'files', -old.size_bytes, 0);
    else
        update content_owners set refs = refs - 1 where owner_id = member and sha256 = old.sha256;
    end if;
    return null;
end
$$;

create function account_file() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        perform add_to_storage_usage(new.owner_id, 'files', 0, 1);
    else
        perform add_to_storage_usage(old.owner_id, 'files', 0, -1);
    end if;
    return null;
end
$$;

create constraint trigger file_versions_accounted after insert or delete on file_versions
    deferrable initially deferred
    for each row execute function account_contents();
create constraint trigger file_snapshots_accounted after insert or delete on file_snapshots
    deferrable initially deferred
    for each row execute function account_contents();
create constraint trigger files_accounted after insert or delete on files
    deferrable initially deferred
    for each row execute function account_file();

-- Gear of members: instruments, machines, cables. Only the owner sees it.
create table gear (
    id             uuid primary key,
    owner_id       uuid not null references users on delete cascade,
    name           text not null check (length(name) between 1 and 200),
    category       text not null default '' check (length(category) <= 100),
    brand          text not null default '' check (length(brand) <= 200),
    model          text not null default '' check (length(model) <= 200),
    serial_number  text not null default '' check (length(serial_number) <= 200),
    bought_on      date,
    price_cents    integer check (price_cents between 0 and 100000000),
    currency       text not null check (currency ~ '^[A-Z]{3}$'),
    -- The last day on which the warranty holds.
    warranty_until date,
    -- The end of the warranty that the owner was notified of: a new one is announced again.
    warned_for     date,
    notes          text not null default '' check (length(notes) <= 5000),
    -- Text for searching, without case and accents.
    search_text    text not null,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now()
);

create index gear_owner_id on gear (owner_id, created_at, id);
create index gear_warranty_until on gear (warranty_until, id)
    where warranty_until is not null and warned_for is distinct from warranty_until;

create table gear_repairs (
    id          uuid primary key,
    gear_id     uuid not null references gear on delete cascade,
    repair_date date not null,
    description text not null check (length(description) between 1 and 5000),
    cost_cents  integer not null check (cost_cents between 0 and 100000000),
    currency    text not null check (currency ~ '^[A-Z]{3}$'),
    provider    text not null default '' check (length(provider) <= 200),
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    -- For the foreign key of documents, so that a document and its repair have the same item.
    unique (gear_id, id)
);

create index gear_repairs_repair_date on gear_repairs (gear_id, repair_date, id);

-- Receipts, manuals and photos of an item or of one of its repairs. They outlive the repair.
create table gear_documents (
    id           uuid primary key,
    gear_id      uuid not null references gear on delete cascade,
    repair_id    uuid,
    type         text not null check (length(type) between 1 and 50),
    name         text not null check (length(name) between 1 and 255),
    content_type text not null check (length(content_type) between 1 and 255),
    size_bytes   integer not null check (size_bytes > 0),
    sha256       text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    created_at   timestamptz not null default now(),
    -- Set by a trigger: the item may be deleted first.
    owner_id     uuid references users on delete set null,
    foreign key (gear_id, repair_id) references gear_repairs (gear_id, id)
        on delete set null (repair_id)
);

create index gear_documents_gear_id on gear_documents (gear_id, created_at, id);
create index gear_documents_repair_id on gear_documents (gear_id, repair_id)
    where repair_id is not null;
create index gear_documents_owner_id on gear_documents (owner_id) where owner_id is not null;

create function own_gear_document() returns trigger language plpgsql as $$
begin
    new.owner_id := (select g.owner_id from gear g where g.id = new.gear_id);
    return new;
end
$$;

create trigger gear_documents_owned before insert on gear_documents
    for each row execute function own_gear_document();

create constraint trigger gear_documents_accounted
    after insert or delete on gear_documents
    deferrable initially deferred
    for each row execute function account_storage('gear_documents', 'size_bytes');
create constraint trigger gear_documents_accounted_anew
    after update of owner_id, size_bytes on gear_documents
    deferrable initially deferred
    for each row execute function account_storage('gear_documents', 'size_bytes');
