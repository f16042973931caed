-- Fills an empty database as the role that owns it. :users, :tracks, :posts, :products are numbers
-- from 400 on, :password_hash a text. Titles are made of two words out of 2,000, so that searches
-- find more than among real titles.
set synchronous_commit = off;
set maintenance_work_mem = '256MB';
set work_mem = '64MB';

create temp table w as
select n,
       (array['ba','ce','do','fi','gu','ha','je','ko','li','mu',
              'na','pe','ro','si','tu','va','we','xo','yi','zu'])[1 + n % 20]
       || (array['lar','men','nor','pis','rud','san','ten','vor','wil','xam'])[1 + n / 20 % 10]
       || (array['a','e','io','on','us','ia','er','is','um','el'])[1 + n / 200 % 10] as word
  from generate_series(0, 1999) as n;
alter table w add primary key (n);
analyze w;
create temp table g as
select n,
       (array['techno','house','ambient','hip hop','jazz','folk','metal','soul','dub','disco',
              'trance','punk','blues','reggae','electro','garage','drone','idm','swing','latin'])[n + 1]
       as genre
  from generate_series(0, 19) as n;
analyze g;

create temp table u as
select n, uuidv7(((-86400 * 200 - n) || ' seconds')::interval) as id,
       'member' || lpad(n::text, 5, '0') as name
  from generate_series(1, :users) as n;
analyze u;
insert into users (id, username, email, password_hash, role)
select id, name, name || '@example.com', :password_hash, 'creator' from u;
-- Names of their own, in words that few titles have together, so that lists read names, not handles.
-- Some are in letters of several bytes, and as long as names may be.
update profiles p
   set display_name = initcap((select word from w where w.n = u.n * 17 % 2000)) || ' '
                      || initcap((select word from w where w.n = u.n * 29 % 1999))
                      || case when u.n % 10 = 0 then ' と 東京の友だち オーケストラ' else '' end
  from u
 where p.id = u.id;

create temp table t as
select n, uuidv7(((-n * 60) || ' seconds')::interval) as id,
       1 + (n::bigint * 7919 % :users)::int as owner, now() - n * interval '60 seconds' as at,
       initcap((select word from w where w.n = s.n::bigint * 7 % 2000) || ' '
               || (select word from w where w.n = s.n::bigint * 13 / 11 % 2000)) as title,
       (select genre from g where g.n = s.n % 20) as genre,
       array[(select word from w where w.n = s.n % 200),
             (select word from w where w.n = 200 + s.n % 150)] as tags
  from generate_series(1, :tracks) as s(n);
analyze t;
insert into tracks (id, owner_id, title, description, genre, tags, visibility, status, format,
                    duration_ms, bitrate, sample_rate, channels, loudness_lufs, true_peak_dbtp,
                    cover_palette, likes_count, plays_count, created_at)
select t.id, u.id, title, 'Recorded in one take on a rainy afternoon, mixed at home.', genre, tags,
       'public', 'ready', (array['flac','mp3','wav'])[1 + t.n % 3], 120000 + t.n % 400000,
       900000, 44100, 2, -14.2, -1.1, case when t.n % 4 = 0 then '{250,100,60,120}'::smallint[] end, t.n % 10, t.n % 5000, at
  from t join u on u.n = t.owner;
-- Nobody is told of them, as of tracks that were public long ago.
update track_announcements set decided_at = now();
insert into track_likes (track_id, user_id, liked_at)
select t.id, u.id, now() - (t.n + j) * interval '10 seconds'
  from t
 cross join lateral generate_series(1, t.n % 10) as j
  join u on u.n = 1 + (t.n::bigint * 31 + j * 97) % :users
    on conflict do nothing;

create temp table pr as
select n, uuidv7(((-n * 40) || ' seconds')::interval) as id,
       1 + (n::bigint * 104729 % :users)::int as owner, now() - n * interval '40 seconds' as at,
       initcap((select word from w where w.n = s.n::bigint * 3 % 2000) || ' '
               || (select word from w where w.n = s.n::bigint * 17 / 5 % 2000)) as title
  from generate_series(1, :products) as s(n);
analyze pr;
insert into products (id, seller_id, title, description, type, price_cents, currency, licence,
                      status, rating_sum, reviews_count, sales_count, published_at, created_at)
select pr.id, u.id, title, 'Twenty loops and one-shots, ready for your sampler.',
       (array['sample_pack','preset','service','album'])[1 + pr.n % 4], 100 + pr.n % 5000, 'EUR',
       'Royalty free.', 'published', (pr.n % 5) * 4, pr.n % 5, pr.n % 300, at, at
  from pr join u on u.n = pr.owner;

create temp table p as
select n, uuidv7(((-n * 10) || ' seconds')::interval) as id,
       1 + floor(:users * random() * random())::int as author,
       now() - n * interval '10 seconds' as at
  from generate_series(1, :posts) as n;
analyze p;
insert into posts (id, author_id, content, track_id, product_id, likes_count, created_at)
select p.id, u.id,
       'Post number ' || p.n || ': a new mix is up, please write about its second half.',
       t.id, pr.id, p.n % 2, p.at
  from p
  join u on u.n = p.author
  left join t on p.n % 5 = 0 and t.n = 1 + p.n % :tracks
  left join pr on p.n % 20 = 1 and pr.n = 1 + p.n % :products;
insert into post_likes (post_id, user_id)
select p.id, u.id from p join u on u.n = 1 + (p.n::bigint * 37) % :users where p.n % 2 = 1;
insert into latest_posts (author_id, post_id, created_at)
select distinct on (p.author) u.id, p.id, p.at
  from p join u on u.n = p.author
 order by p.author, p.at desc, p.id desc
    on conflict do nothing;

-- The first member follows very many, the last one nobody.
insert into follows (follower_id, followed_id)
select a.id, b.id
  from u a
 cross join lateral generate_series(1, case when a.n = 1 then least(1000, :users - 2)
                                            when a.n = :users then 0 else 50 end) as j
  join u b on b.n = case when a.n = 1 then 1 + j else 1 + (a.n * 61 + j * 83) % :users end
 where a.id <> b.id
    on conflict do nothing;
insert into follow_counts (user_id, followers_count, following_count)
select u.id, (select count(*) from follows where followed_id = u.id),
       (select count(*) from follows where follower_id = u.id)
  from u
    on conflict (user_id) do update
   set followers_count = excluded.followers_count, following_count = excluded.following_count;

create temp table nt as
select n, j, uuidv7(((-j * 600) || ' seconds')::interval) as id,
       now() - j * interval '10 minutes' as at
  from generate_series(1, :users) as n
 cross join lateral generate_series(1, case when n = 1 then 900 else 10 end) as j;
insert into notifications (id, user_id, kind, subject_id, actors_count, track_id, read_at,
                           created_at, told_at)
select nt.id, u.id, 'track_like', t.id, 3, t.id, case when j > 20 then nt.at end, nt.at, nt.at
  from nt join u on u.n = nt.n join t on t.n = 1 + (nt.n * 11 + nt.j) % :tracks;
insert into notification_actors (notification_id, actor_id, acted_at)
select nt.id, u.id, nt.at
  from nt
 cross join generate_series(1, 3) as k
  join u on u.n = 1 + (nt.n + nt.j * 7 + k * 911) % :users
    on conflict do nothing;

-- The first member has 300 direct conversations, the others about eight.
create temp table c as
select n, uuidv7(((-n * 5) || ' seconds')::interval) as id,
       case when n <= 300 then 1 else 2 + n % (:users - 2) end as a,
       case when n <= 300 then 1 + n else 1 + (2 + n * 7 + n / :users) % :users end as b
  from generate_series(1, 4 * :users) as n;
delete from c where a = b;
delete from c using c d
 where least(c.a, c.b) = least(d.a, d.b) and greatest(c.a, c.b) = greatest(d.a, d.b)
   and c.n > d.n;
analyze c;
insert into conversations (id, type, is_private, first_user_id, second_user_id, members_count,
                           last_seq, last_number, active_at)
select c.id, 'direct', true, least(a.id, b.id), greatest(a.id, b.id), 2, 20, 20,
       now() - c.n * interval '7 seconds'
  from c join u a on a.n = c.a join u b on b.n = c.b;
insert into conversation_members (conversation_id, user_id, read_number)
select c.id, u.id, 15 from c join u on u.n in (c.a, c.b);
insert into messages (id, conversation_id, seq, number, sender_id, content, created_at)
select uuidv7(), c.id, k, k, case k % 2 when 0 then a.id else b.id end,
       'Message ' || k || ', about the rehearsal on Thursday.',
       now() - (c.n * 7 + 20 - k) * interval '1 second'
  from c join u a on a.n = c.a join u b on b.n = c.b cross join generate_series(1, 20) as k;

-- Ids by a number, for scripts that choose them at random.
create schema bench;
create table bench.users (n integer primary key, id uuid not null);
create table bench.tracks (n integer primary key, id uuid not null);
create table bench.conversations (n integer primary key, id uuid not null, user_id uuid not null);
insert into bench.users select n, id from u;
insert into bench.tracks select n, id from t where n <= 5000;
insert into bench.conversations
select row_number() over (order by c.n), c.id, u.id
  from c join u on u.n = c.a
 where c.a > 1
 order by c.n
 limit 1000;
