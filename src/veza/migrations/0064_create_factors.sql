-- A member's authenticator app. The secret is encrypted with one of the installation's keys.
create table totp_factors (
    user_id      uuid primary key references users on delete cascade,
    sealed       bytea not null,
    sealed_with  integer not null check (sealed_with > 0),
    created_at   timestamptz not null default now(),
    -- When the first code was entered; null: it is no factor yet.
    confirmed_at timestamptz,
    -- The time step of the last code: no code is accepted twice.
    last_step    bigint not null default 0,
    last_used_at timestamptz
);

create index totp_factors_sealed_with on totp_factors (sealed_with, user_id);

create table recovery_codes (
    -- Codes have 130 random bits: a plain hash is enough.
    code_hash  bytea primary key check (octet_length(code_hash) = 32),
    user_id    uuid not null references users on delete cascade,
    created_at timestamptz not null default now(),
    used_at    timestamptz
);

create index recovery_codes_user_id on recovery_codes (user_id);

-- Logins with a right password that wait for a second factor.
create table login_challenges (
    token_hash      bytea primary key check (octet_length(token_hash) = 32),
    user_id         uuid not null references users on delete cascade,
    -- Of the password hash that was compared: another password ends the challenge.
    password_digest bytea not null check (octet_length(password_digest) = 32),
    tries           smallint not null default 0,
    created_at      timestamptz not null default now(),
    expires_at      timestamptz not null
);

create index login_challenges_user_id on login_challenges (user_id, created_at desc);
create index login_challenges_expires_at on login_challenges (expires_at);

-- What the member of a session proved last, and when.
alter table sessions
    add column proof text not null default 'password' check (proof in ('password', 'factor')),
    add column proved_at timestamptz not null default now();

update sessions set proved_at = created_at;
