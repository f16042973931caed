-- Events of providers, byte for byte, and the result of processing. Each event is stored once,
-- however often it is sent.
create table webhook_events (
    id          uuid primary key,
    provider    text not null check (length(provider) between 1 and 40),
    event_id    text not null check (length(event_id) between 1 and 255),
    kind        text not null check (length(kind) between 1 and 255),
    body        bytea not null,
    received_at timestamptz not null default now(),
    done_at     timestamptz,
    outcome     text check (outcome in ('applied', 'nothing_new', 'flagged', 'not_ours',
                                        'not_heard')),
    unique (provider, event_id),
    check ((done_at is null) = (outcome is null))
);

create index webhook_events_outcome on webhook_events (outcome, id);
create index webhook_events_done_at on webhook_events (done_at);
