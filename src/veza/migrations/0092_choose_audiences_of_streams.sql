-- Streams have an audience. Members of a tier, buyers of a product, people by name, and those who
-- know a password; without the tier or the product nobody but the owner.
alter table streams
    add column audience text not null default 'public' check (audience in (
        'public', 'unlisted', 'followers', 'members', 'buyers', 'password', 'named')),
    add column tier_id uuid,
    add column product_id uuid references products on delete set null,
    add column password_hash text,
    -- What an earlier password opened is closed by the next one.
    add column password_version integer not null default 0 check (password_version >= 0),
    -- The folder of the media, which nobody knows of a stream that is not for all: null, if it is
    -- named by the id.
    add column media_id uuid,
    add constraint streams_tier_id_fkey foreign key (tier_id, owner_id)
        references tiers (id, profile_id) on delete set null (tier_id)
        deferrable initially deferred,
    add constraint streams_tier_of_members check (tier_id is null or audience = 'members'),
    add constraint streams_product_of_buyers check (product_id is null or audience = 'buyers'),
    add constraint streams_password check (
        (password_hash is not null) = (audience = 'password'));

create index streams_tier_id on streams (tier_id) where tier_id is not null;
create index streams_product_id on streams (product_id) where product_id is not null;

-- People who are named, or, with a version, who entered the password of that version.
create table stream_guests (
    stream_id        uuid not null references streams on delete cascade,
    user_id          uuid not null references users on delete cascade,
    password_version integer,
    expires_at       timestamptz,
    created_at       timestamptz not null default now(),
    primary key (stream_id, user_id),
    check ((password_version is null) = (expires_at is null))
);

create index stream_guests_user_id on stream_guests (user_id);
create index stream_guests_expires_at on stream_guests (expires_at) where expires_at is not null;

-- The room of a stream that is not public: private, and for the audience of the stream.
alter table conversations
    add column is_of_stream boolean not null default false,
    add constraint conversations_of_stream
        check (not is_of_stream or type = 'room' and is_private);

create index conversations_of_stream on conversations (id) where is_of_stream;
