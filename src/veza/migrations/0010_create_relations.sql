-- Follows. Hidden while one of the two members is suspended: hidden rows are not counted.
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

-- Numbers of followers and followed members. A change between two members locks the rows of both
-- first, in the order of their ids.
create table follow_counts (
    user_id         uuid primary key references users on delete cascade,
    followers_count integer not null default 0 check (followers_count >= 0),
    following_count integer not null default 0 check (following_count >= 0)
);

-- After a block by either side neither member sees the other.
create table blocks (
    blocker_id uuid not null references users on delete cascade,
    blocked_id uuid not null references users on delete cascade,
    blocked_at timestamptz not null default now(),
    primary key (blocker_id, blocked_id),
    check (blocker_id <> blocked_id)
);

create index blocks_blocker_id on blocks (blocker_id, blocked_at, blocked_id);
create index blocks_blocked_id on blocks (blocked_id, blocker_id);

-- Muted members: the muted member does not notice.
create table mutes (
    muter_id uuid not null references users on delete cascade,
    muted_id uuid not null references users on delete cascade,
    muted_at timestamptz not null default now(),
    primary key (muter_id, muted_id),
    check (muter_id <> muted_id)
);

create index mutes_muter_id on mutes (muter_id, muted_at, muted_id);
create index mutes_muted_id on mutes (muted_id, muter_id);
