-- Idempotency keys, the audit log, and the controls and records of the site.

-- Requests with an idempotency key, and their responses. Without a response the row is a lease: its
-- holder processes the request and others wait; when it expires, the next request continues.
create table idempotency_keys (
    -- The id of the object that the request creates: a second try finds it.
    id           uuid primary key,
    user_id      uuid not null references users on delete cascade,
    key          text not null check (length(key) between 1 and 255),
    fingerprint  bytea not null check (length(fingerprint) = 32),
    leased_until timestamptz not null,
    answer       bytea,
    created_at   timestamptz not null default now(),
    unique (user_id, key)
);

create index idempotency_keys_created_at on idempotency_keys (created_at);

-- The person of an event: the only link to them, and the salt of all digests about them. Deleting
-- the row anonymises the events and leaves them unchanged.
create table audit_subjects (
    id      uuid primary key default gen_random_uuid(),
    user_id uuid not null unique references users on delete cascade,
    salt    bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
            check (length(salt) = 32)
);

-- Recorded actions, without personal data: `digest` is a salted hash of the details, which can be
-- checked as long as they exist.
create table audit_events (
    id           uuid primary key,
    log          text not null check (log in ('members', 'admin')),
    -- No foreign key: the event outlives its subject. Null for requests without a member.
    subject_id   uuid,
    action       text not null check (length(action) between 1 and 100),
    route        text not null check (length(route) between 1 and 300),
    status       smallint not null check (status between 100 and 599),
    -- Whether the path names a member: then the details are erased with that member.
    is_member_related boolean not null,
    digest       bytea not null check (length(digest) = 32),
    created_at   timestamptz not null
);

-- Ids sort by creation time, so lists of events are read backwards by id.
create index audit_events_subject_id on audit_events (subject_id, id);
create index audit_events_action on audit_events (action, id);
create index audit_events_refused on audit_events (status, id) where status >= 400;
create index audit_events_admin on audit_events (id) where log = 'admin';

-- Personal data of events, until they are erased. Written in the same statement as the event, which
-- is never deleted: a foreign key would only add a lock on each row.
create table audit_details (
    event_id   uuid primary key,
    ip         text not null check (length(ip) <= 64),
    resource   text collate "C" not null check (length(resource) <= 300),
    request_id text not null check (length(request_id) <= 128),
    member_id  uuid,
    salt       bytea not null check (length(salt) = 16),
    -- When details without a member are deleted; null: they are kept as long as the member exists.
    expires_at timestamptz
);

create index audit_details_ip on audit_details (ip, event_id);
create index audit_details_resource on audit_details (resource, event_id);
create index audit_details_request_id on audit_details (request_id);
create index audit_details_member_id on audit_details (member_id) where member_id is not null;
create index audit_details_expires_at on audit_details (expires_at) where expires_at is not null;

-- Events that are not signed yet: inserted with the event, deleted when its batch is signed.
create table audit_unsigned_events (
    event_id uuid primary key
);

-- Each signature covers the hashes of up to 1,000 events, and the digest of the previous signature.
create table audit_signatures (
    number    bigint primary key check (number > 0),
    event_ids uuid[] not null check (cardinality(event_ids) between 1 and 1000),
    hashes    bytea not null check (length(hashes) = 32 * cardinality(event_ids)),
    previous  bytea not null check (length(previous) = 32),
    key_id    bytea not null check (length(key_id) = 8),
    digest    bytea not null check (length(digest) = 32),
    signed_at timestamptz not null
);

-- The program's role has no right to change records: see `refuse_change`.
do $$
declare
    program text;
begin
    for program in
        select distinct quote_ident(r.rolname)
          from pg_class c, aclexplode(c.relacl) a
          join pg_roles r on r.oid = a.grantee
         where c.oid = 'audit_events'::regclass and a.grantee <> c.relowner
    loop
        execute 'revoke update, delete, truncate on audit_events, audit_signatures
                 from ' || program;
        execute 'revoke update, truncate on audit_details, audit_unsigned_events from ' || program;
    end loop;
end
$$;

create trigger audit_events_append_only
    before update or delete or truncate on audit_events
    for each statement execute function refuse_change();

create trigger audit_signatures_append_only
    before update or delete or truncate on audit_signatures
    for each statement execute function refuse_change();

-- Announcements, feature flags and maintenance. Small tables: every process holds them in memory.

create table announcements (
    id         uuid primary key,
    title      text not null check (length(title) between 1 and 200),
    content    text not null check (length(content) between 1 and 5000),
    type       text not null check (type in ('info', 'warning', 'error')),
    audience   text not null
               check (audience in ('everyone', 'members', 'creators', 'moderators', 'admins')),
    starts_at  timestamptz not null,
    ends_at    timestamptz,
    created_at timestamptz not null default now(),
    check (ends_at > starts_at)
);

create table feature_flags (
    name          text primary key check (name ~ '^[a-z0-9_.-]{1,64}$'),
    enabled       boolean not null,
    description   text not null default '' check (length(description) <= 500),
    share_percent smallint not null default 100 check (share_percent between 0 and 100),
    -- Empty: for members of any role.
    roles         text[] not null default '{}'
                  check (roles <@ array['user', 'creator', 'moderator', 'admin']),
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);

-- It has exactly one row.
create table maintenance (
    is_only    boolean primary key default true check (is_only),
    started_at timestamptz,
    ends_at    timestamptz,
    message    text check (length(message) between 1 and 500),
    check (started_at is not null or (ends_at is null and message is null))
);

insert into maintenance default values;

-- How a site presents itself: one row, which every process holds in memory but for the pages.
-- Null is what the software has: its own name, no colour, no page.
create table site_profile (
    is_only     boolean primary key default true check (is_only),
    name        text check (length(name) between 1 and 60),
    description text check (length(description) between 1 and 300),
    accent      text check (accent ~ '^#[0-9a-f]{6}$'),
    logo_id     uuid references images on delete set null,
    terms       text check (length(terms) between 1 and 40000),
    imprint     text check (length(imprint) between 1 and 40000),
    privacy     text check (length(privacy) between 1 and 40000),
    changed_at  timestamptz
);

insert into site_profile default values;

-- The attempts to make a backup, by the worker and by `veza backup`. A backup does not contain
-- them.
create table backup_attempts (
    id             uuid primary key,
    -- A folder, or a URL without credentials and options.
    target         text not null check (length(target) between 1 and 500),
    started_at     timestamptz not null default now(),
    -- Null while it runs, and after it was killed, until somebody notices.
    finished_at    timestamptz,
    -- The backup that was made. If old ones could not be deleted then, there is an error, too.
    backup_id      text check (length(backup_id) between 1 and 100),
    size_bytes     bigint check (size_bytes >= 0),
    objects        bigint check (objects >= 0),
    error          text check (length(error) between 1 and 1000),
    -- The work of the backup, in objects; null if it failed. Copied for the first time.
    copied_objects bigint check (copied_objects >= 0),
    -- Copies of earlier backups that were read again.
    reread_objects bigint check (reread_objects >= 0),
    -- Copies of earlier backups that were missing or damaged, and were made again.
    healed_objects bigint check (healed_objects >= 0),
    -- Gone from the storage: the backup has the copies of an earlier one.
    kept_objects   bigint check (kept_objects >= 0),
    -- Gone or damaged in the storage, and in no backup.
    lost_objects   bigint check (lost_objects >= 0),
    check ((backup_id is null) = (size_bytes is null)),
    check ((backup_id is null) = (objects is null)),
    check ((finished_at is not null) = (backup_id is not null or error is not null))
);

create index backup_attempts_started_at on backup_attempts (started_at desc);

-- What staff was notified of, once until a backup of the target succeeds.
create table backup_notices (
    target     text not null check (length(target) between 1 and 500),
    reason     text not null check (reason in ('failed', 'overdue')),
    created_at timestamptz not null default now(),
    primary key (target, reason)
);

-- Backups that an admin asked for, until they are made or fail. A backup does not contain them.
create table backup_requests (
    target       text primary key check (length(target) between 1 and 500),
    requested_at timestamptz not null default now()
);

-- The requests that all processes answered, in spans of five minutes. Kept for a month.
create table traffic (
    began_at timestamptz primary key,
    requests bigint not null check (requests >= 0),
    -- With a status of 500 or more, except for 503.
    failed   bigint not null check (failed >= 0),
    -- By a limit or an overload: 429 and 503.
    refused  bigint not null check (refused >= 0),
    -- Until responses began, summed up.
    total_ms double precision not null check (total_ms >= 0)
);
