-- Replies, and the words by which messages are found.

alter table messages
    -- The message that this one answers. Without a foreign key, as in `conversation_events`:
    -- messages are deleted only with the whole conversation.
    add column reply_to_id uuid,
    -- The words of the text, and the conversation as the lexeme `c:<id>`; null until a job has
    -- indexed the message, and of a deleted one.
    add column words       tsvector;
