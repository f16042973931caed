"""Parts of single statements that send a message: see `infra.postgres.single_statement`.

They do what `lock_membership`, `is_reachable` and `update_counters` do in a transaction, if the
sender may send right now. Conversations in slow mode take the transaction.
"""

from veza.core.visibility import active, blocked
from veza.infra.postgres.single_statement import RECORDER, Part

# The part with the conversation, after the message was counted: `id`, `type`, `last_seq`,
# `last_number`, and the sender's `username`.
COUNTED = "counted"

# Locks the user, the conversation and the membership, as erasing an account does.
_LOCKED = Part(
    "locked",
    f"""
    select c.id, c.type, c.last_seq, c.last_number, u.username
      from {RECORDER}, users u
      join conversation_members m on m.user_id = u.id
      join conversations c on c.id = m.conversation_id
     where u.id = :sender_id and c.id = :conversation_id and c.ended_at is null
       and c.slow_mode_seconds = 0
       and (c.type <> 'direct'
            or exists (
                select from users o
                 where o.id in (c.first_user_id, c.second_user_id) and o.id <> u.id
                   and {active("o")}
                   and not {blocked("u.id", "o.id")}))
       for key share of u
       for no key update of c
       for no key update of m
    """,
)
_COUNTED = Part(
    COUNTED,
    """
       update conversations c
          set last_seq = l.last_seq + 1, last_number = l.last_number + 1, active_at = :created_at
         from locked l
        where c.id = l.id
    returning c.id, c.type, c.last_seq, c.last_number, l.username
    """,
)
_READ = Part(
    "marked",
    f"""
    update conversation_members m
       set read_number = c.last_number, last_sent_at = :created_at
      from {COUNTED} c
     where m.conversation_id = c.id and m.user_id = :sender_id
    """,
)

COUNT_MESSAGE = (_LOCKED, _COUNTED, _READ)
