-- What the encoder of a live stream says that it plays.
alter table streams
    add column now_playing text not null default '' check (char_length(now_playing) <= 200);
