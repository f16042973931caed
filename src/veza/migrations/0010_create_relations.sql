-- Whom a member follows. While one of the two is suspended the other's count leaves them out: what
-- is marked as hidden isn't counted.
create table follows (
    follower_id        uuid not null references users on delete cascade,
    followed_id        uuid not null references users on delete cascade,
    followed_at        timestamptz not null default now(),
    is_follower_hidden boolean not null default false,
    is_followed_hidden boolean not null default false,
    primary key (follower_id, followed_id),
    check (follower_id <> followed_id)
);

create index follows_follower_id on follows (follower_id, followed_at, followed_id);
create index follows_followed_id on follows (followed_id, followed_at, follower_id);

-- How many follow a member, and how many the member follows. Whoever changes what two members are
-- to each other locks the rows of both first, in the order of their ids.
create table follow_counts (
    user_id         uuid primary key references users on delete cascade,
    followers_count integer not null default 0 check (followers_count >= 0),
    following_count integer not null default 0 check (following_count >= 0)
);

-- Of two who are blocked, by one or both, none sees the other.
create table blocks (
    blocker_id uuid not null references users on delete cascade,
    blocked_id uuid not null references users on delete cascade,
    blocked_at timestamptz not null default now(),
    primary key (blocker_id, blocked_id),
    check (blocker_id <> blocked_id)
);

create index blocks_blocker_id on blocks (blocker_id, blocked_at, blocked_id);
create index blocks_blocked_id on blocks (blocked_id, blocker_id);

-- Whom a member doesn't want to hear of. The muted don't notice.
create table mutes (
    muter_id uuid not null references users on delete cascade,
    muted_id uuid not null references users on delete cascade,
    muted_at timestamptz not null default now(),
    primary key (muter_id, muted_id),
    check (muter_id <> muted_id)
);

create index mutes_muter_id on mutes (muter_id, muted_at, muted_id);
create index mutes_muted_id on mutes (muted_id, muter_id);
