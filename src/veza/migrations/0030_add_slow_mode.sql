-- Seconds between two messages of a member of a group or room.
alter table conversations
    add column slow_mode_seconds integer not null default 0
               check (slow_mode_seconds between 0 and 21600),
    add constraint conversations_slow_mode check (type <> 'direct' or slow_mode_seconds = 0);

-- When the member sent the last message since joining.
alter table conversation_members add column last_sent_at timestamptz;
