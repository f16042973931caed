-- What was sent under a key of the sender's own, and what was answered. Until there is an answer the
-- row is a lease: whoever holds it works, others wait; when it runs out, the next one goes on.
create table idempotency_keys (
    -- What is made under the key is made under this id: a second try finds it.
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
