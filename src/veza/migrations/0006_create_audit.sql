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

-- The program's role has no right to change records (decision 0004), ...
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
        execute 'revoke update, delete, truncate on audit_events, audit_signatures from ' || program;
        execute 'revoke update, truncate on audit_details, audit_unsigned_events from ' || program;
    end loop;
end
$$;

-- ... and triggers protect against mistakes of the owner.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'Rows of % are never changed or deleted.', tg_table_name
          using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_events_append_only
    before update or delete or truncate on audit_events
    for each statement execute function refuse_change();

create trigger audit_signatures_append_only
    before update or delete or truncate on audit_signatures
    for each statement execute function refuse_change();
