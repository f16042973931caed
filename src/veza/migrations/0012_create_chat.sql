-- Conversations: direct ones, groups and rooms.

-- Every change to a conversation locks its row first, so that its events have one order.
create table conversations (
    id                uuid primary key,
    type              text not null check (type in ('direct', 'group', 'room')),
    name              text check (length(name) between 1 and 100),
    -- The name without case and accents, for searching.
    folded_name       text check ((folded_name is null) = (name is null)),
    is_private        boolean not null,
    -- The two members of a direct conversation, the smaller id first; null after erasure.
    first_user_id     uuid references users on delete set null,
    second_user_id    uuid references users on delete set null,
    members_count     integer not null default 0 check (members_count >= 0),
    -- The numbers of the last event and the last message: both are gapless.
    last_seq          bigint not null default 0,
    last_number       bigint not null default 0 check (last_number between 0 and last_seq),
    -- The last event before a room became public: new members read what comes after it.
    public_seq        bigint not null default 0 check (public_seq between 0 and last_seq),
    -- Incremented when a member joins, leaves, or gets another role.
    members_version   bigint not null default 1,
    active_at         timestamptz not null default now(),
    created_at        timestamptz not null default now(),
    -- When the conversation ended: its messages are deleted soon after.
    ended_at          timestamptz,
    -- Seconds between two messages of a member of a group or room.
    slow_mode_seconds integer not null default 0
                      check (slow_mode_seconds between 0 and 21600),
    check (first_user_id < second_user_id),
    check (type = 'direct' or (first_user_id is null and second_user_id is null)),
    check (type <> 'direct' or (name is null and is_private)),
    check (type <> 'room' or name is not null),
    check (type <> 'group' or is_private),
    constraint conversations_slow_mode check (type <> 'direct' or slow_mode_seconds = 0)
) with (fillfactor = 70);

create unique index conversations_pair_key on conversations (first_user_id, second_user_id);
create index conversations_second_user_id on conversations (second_user_id)
    where second_user_id is not null;
create index conversations_ended_at on conversations (ended_at) where ended_at is not null;
-- Rooms are found by a part of their name, and listed with the most members first. No index has a
-- column that a message changes.
create index conversations_rooms on conversations (members_count, id)
    where type = 'room' and not is_private and ended_at is null;
create index conversations_room_names on conversations using gin (folded_name gin_trgm_ops)
    where type = 'room' and not is_private and ended_at is null;

create table conversation_members (
    conversation_id uuid not null references conversations on delete cascade,
    user_id         uuid not null references users on delete cascade,
    role            text not null default 'member' check (role in ('owner', 'admin', 'member')),
    joined_at       timestamptz not null default now(),
    -- The member may read messages after this seq only.
    joined_seq      bigint not null default 0 check (joined_seq >= 0),
    -- The number of the last message that the member read: later ones are unread.
    read_number     bigint not null default 0 check (read_number >= 0),
    -- When the member sent the last message since joining.
    last_sent_at    timestamptz,
    primary key (conversation_id, user_id)
) with (fillfactor = 80);

create index conversation_members_user_id on conversation_members (user_id);
create index conversation_members_joined_at
    on conversation_members (conversation_id, joined_at, user_id);
create unique index conversation_members_owner_key on conversation_members (conversation_id)
    where role = 'owner';

-- Messages. A deleted message keeps its row, so that no number is missing.
create table messages (
    id              uuid primary key,
    conversation_id uuid not null references conversations on delete cascade,
    seq             bigint not null check (seq > 0),
    number          bigint not null check (number between 1 and seq),
    -- Null after the sender is erased.
    sender_id       uuid references users on delete set null,
    content         text not null check (length(content) <= 4000),
    client_id       text check (length(client_id) between 1 and 100),
    track_id        uuid references tracks on delete set null,
    -- Reactions and their counts, in the order of their first use: `[["🔥", 2]]`.
    reactions       jsonb not null default '[]' check (jsonb_typeof(reactions) = 'array'),
    created_at      timestamptz not null default now(),
    edited_at       timestamptz,
    deleted_at      timestamptz,
    unique (conversation_id, seq),
    unique (conversation_id, number),
    check (deleted_at is null or (content = '' and track_id is null and reactions = '[]'))
);

-- Detects messages that are sent again; also finds all messages of a sender.
create unique index messages_client_id_key on messages (sender_id, conversation_id, client_id);
create index messages_track_id on messages (track_id) where track_id is not null;

create table message_images (
    message_id uuid not null references messages on delete cascade,
    position   smallint not null check (position between 0 and 3),
    image_id   uuid not null unique references images on delete cascade,
    primary key (message_id, position)
);

create table message_reactions (
    message_id uuid not null references messages on delete cascade,
    user_id    uuid not null references users on delete cascade,
    emoji      text not null check (length(emoji) between 1 and 16),
    reacted_at timestamptz not null default now(),
    primary key (message_id, user_id, emoji)
);

create index message_reactions_user_id on message_reactions (user_id);

-- The log of a conversation, in order: clients read from it what they missed.
--
-- Messages have no foreign key: they are deleted only with the whole conversation, and the key
-- would cost each event one more index.
create table conversation_events (
    conversation_id uuid not null references conversations on delete cascade,
    seq             bigint not null check (seq > 0),
    type            text not null check (type in ('message', 'edited', 'deleted', 'reaction')),
    message_id      uuid not null,
    -- Who added or removed which reaction.
    actor_id        uuid references users on delete set null,
    emoji           text,
    is_added        boolean,
    created_at      timestamptz not null default now(),
    primary key (conversation_id, seq),
    check ((type = 'reaction') = (emoji is not null and is_added is not null)),
    check (type = 'reaction' or actor_id is null)
);

create index conversation_events_actor_id on conversation_events (actor_id)
    where actor_id is not null;

-- Used chat tokens: each opens one socket. Rows are deleted after the token has expired.
create table chat_tokens (
    id         uuid primary key,
    expires_at timestamptz not null
);

create index chat_tokens_expires_at on chat_tokens (expires_at);
