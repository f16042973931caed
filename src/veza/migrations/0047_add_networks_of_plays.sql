-- A keyed digest of the network that a play was reported from, so that the listeners of one network
-- can be counted. Null in rows written before; they are deleted within two hours.
alter table track_plays add column network text;

create index track_plays_network on track_plays (track_id, network, played_at);
