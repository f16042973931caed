-- Who an event was: the only link to a person, and the salt of all digests about them. Deleting
-- this one row forgets the person, and leaves the events as they were.
create table audit_subjects (
    id      uuid primary key default gen_random_uuid(),
    user_id uuid not null unique references users on delete cascade,
    salt    bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
            check (length(salt) = 32)
);

-- What was done. Nothing here tells of a person by itself: `digest` holds who and where as a hash
-- over the salt, so that the details can be checked while they are there, and forgotten.
create table audit_events (
    id           uuid primary key,
    log          text not null check (log in ('members', 'admin')),
    -- No foreign key: the event stays when its subject is forgotten. Null where it was nobody.
    subject_id   uuid,
    action       text not null check (length(action) between 1 and 100),
    route        text not null check (length(route) between 1 and 300),
    status       smallint not null check (status between 100 and 599),
    -- Whether the path names a member: then the details are erased with that member.
    is_member_related boolean not null,
    digest       bytea not null check (length(digest) = 32),
    created_at   timestamptz not null
);

-- Ids sort by the time they were made, so that each list of events is walked backwards by id.
create index audit_events_subject_id on audit_events (subject_id, id);
create index audit_events_action on audit_events (action, id);
create index audit_events_refused on audit_events (status, id) where status >= 400;
create index audit_events_admin on audit_events (id) where log = 'admin';

-- What tells of a person, until they are forgotten. Written in the same statement as the event,
-- which is never deleted: a foreign key would lock each row that it checks, and find nothing.
create table audit_details (
    event_id   uuid primary key,
    ip         text not null check (length(ip) <= 64),
    resource   text collate "C" not null check (length(resource) <= 300),
    request_id text not null check (length(request_id) <= 128),
    member_id  uuid,
    salt       bytea not null check (length(salt) = 16),
    -- Until when they are kept of nobody; null: as long as there is the member whose they are.
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

-- Two walls. The program's role has no right to change what is recorded (0004), ...
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

-- ... and the owner is kept from a slip.
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
