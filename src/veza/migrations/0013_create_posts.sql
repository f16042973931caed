create table posts (
    id             uuid primary key,
    author_id      uuid not null references users on delete cascade,
    content        text not null check (length(content) between 1 and 5000),
    -- A post outlives its track.
    track_id       uuid references tracks on delete set null,
    -- Likes and comments of suspended members aren't counted: the rows that are not hidden.
    likes_count    integer not null default 0 check (likes_count >= 0),
    comments_count integer not null default 0 check (comments_count >= 0),
    created_at     timestamptz not null default now(),
    -- What trending goes by. It doesn't depend on now: a day later, twice the points are worth as
    -- much. A comment is worth two likes.
    score          double precision not null generated always as (
        ln(1 + likes_count + 2.0::double precision * comments_count) / ln(2.0::double precision)
        + extract(epoch from created_at at time zone 'UTC')::double precision / 86400
    ) stored
);

-- The newest of one member, and of all; the best of all. Walked from their ends.
create index posts_author_id on posts (author_id, created_at desc, id desc);
create index posts_created_at on posts (created_at desc, id desc);
create index posts_score on posts (score desc, id desc);
create index posts_track_id on posts (track_id) where track_id is not null;

-- The newest post of each author, so that a feed learns with one look whose posts come first. It
-- refers to no post, for whoever writes here would wait for whoever likes that one.
create table latest_posts (
    author_id  uuid primary key references users on delete cascade,
    post_id    uuid not null,
    created_at timestamptz not null
) with (fillfactor = 80);

-- The images of a post, in their order.
create table post_images (
    post_id  uuid not null references posts on delete cascade,
    image_id uuid not null unique references images on delete cascade,
    place    smallint not null check (place between 0 and 3),
    primary key (post_id, place)
);

create table post_likes (
    post_id   uuid not null references posts on delete cascade,
    user_id   uuid not null references users on delete cascade,
    is_hidden boolean not null default false,
    liked_at  timestamptz not null default now(),
    primary key (post_id, user_id)
);

create index post_likes_user_id on post_likes (user_id, post_id);
