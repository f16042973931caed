"""Who follows whom in the demonstration, what they post, and where they talk.

A name in a text calls somebody by `@name`, as everywhere; an answer comes after what it answers.
"""

from msgspec import Struct


class Like(Struct, frozen=True):
    """A member's like of a post."""

    username: str
    posted_days_ago: float


class Reply(Struct, frozen=True):
    """An answer to what somebody said below a post."""

    username: str
    body: str
    posted_days_ago: float


class Thread(Struct, frozen=True):
    """What somebody said below a post, and what was answered."""

    username: str
    body: str
    posted_days_ago: float
    replies: tuple[Reply, ...] = ()


class Post(Struct, frozen=True):
    """What a member said to everybody, with a piece where they showed one."""

    username: str
    body: str
    posted_days_ago: float
    piece: str | None = None
    likes: tuple[Like, ...] = ()
    threads: tuple[Thread, ...] = ()


class Line(Struct, frozen=True):
    """Something said in a conversation, and who reacted to it with what."""

    username: str
    body: str
    said_hours_ago: float
    reactions: tuple[tuple[str, str], ...] = ()


class Talk(Struct, frozen=True):
    """A conversation: the first of its members made it; some haven't read all of it."""

    type: str
    name: str | None
    usernames: tuple[str, ...]
    lines: tuple[Line, ...]
    away: tuple[str, ...] = ()


# Each with those whom they follow.
FOLLOWS: dict[str, tuple[str, ...]] = {
    "mira_solene": ("hanne_lie", "kwame_ade", "ines_vidal", "tobias_rauch"),
    "tobias_rauch": ("nokori", "kwame_ade", "mira_solene"),
    "nokori": ("tobias_rauch", "kwame_ade", "ines_vidal", "mira_solene", "samir_b"),
    "hanne_lie": ("mira_solene", "ines_vidal", "lucie_marchand"),
    "ines_vidal": ("kwame_ade", "hanne_lie", "mira_solene", "nokori"),
    "kwame_ade": ("tobias_rauch", "ines_vidal", "nokori", "mira_solene", "samir_b", "oona_kallio"),
    "lucie_marchand": ("mira_solene", "hanne_lie", "nokori", "ines_vidal", "samir_b"),
    "samir_b": ("mira_solene", "kwame_ade", "nokori", "hanne_lie", "ines_vidal", "lucie_marchand"),
    "oona_kallio": ("mira_solene", "kwame_ade", "hanne_lie", "tobias_rauch", "nokori"),
}

POSTS: tuple[Post, ...] = (
    Post(
        "mira_solene",
        "I left a recorder on the causeway for one whole tide and slept in the car. Most of what "
        "I got was wind and a dog. The other four minutes became this.",
        41.5,
        piece="low-tide",
        likes=(Like("hanne_lie", 41.1), Like("oona_kallio", 39.9), Like("samir_b", 25.8)),
        threads=(
            Thread(
                "kwame_ade",
                "You kept the dog out? I would have built the whole thing around the dog.",
                41.0,
                (
                    Reply(
                        "mira_solene",
                        "@kwame_ade he is at 1:12 of the raw take, barking on the off-beat. He's "
                        "yours if you want him.",
                        40.9,
                    ),
                    Reply("kwame_ade", "Send him over. He'll get a credit.", 40.7),
                ),
            ),
        ),
    ),
    Post(
        "tobias_rauch",
        "Halle 7 ist fertig. Drei Nächte, ein Kurzschluss, kein einziges Preset. Die Kick habe ich "
        "neben dem Kühlschrank gestimmt, weil der auch auf F brummt.",
        36.8,
        piece="hall-seven",
        likes=(
            Like("nokori", 36.6),
            Like("kwame_ade", 36.2),
            Like("mira_solene", 35.5),
            Like("lucie_marchand", 30.3),
        ),
        threads=(Thread("nokori", "Fridge-tuned techno. Finally a genre I can afford.", 36.5),),
    ),
    Post(
        "nokori",
        "The game isn't done. The weather in the game isn't done. But the music for the weather is "
        "done, and for one evening that is enough.",
        12.6,
        piece="cartridge-weather",
        likes=(Like("lucie_marchand", 12.5), Like("ines_vidal", 12.1), Like("samir_b", 11.9)),
        threads=(
            Thread(
                "lucie_marchand",
                "On pourra jouer juste la pluie ? Je ne demande pas plus.",
                12.3,
                (
                    Reply(
                        "nokori",
                        "@lucie_marchand I'll cut you a build where you're a puddle.",
                        12.2,
                    ),
                ),
            ),
        ),
    ),
    Post(
        "hanne_lie",
        "Question for everybody who works with children's choirs: how do you get them to hold a "
        "quiet note without it going flat? The concert is in three weeks, and the hall is honest.",
        6.2,
        likes=(Like("mira_solene", 6.0), Like("lucie_marchand", 5.7)),
        threads=(
            Thread(
                "oona_kallio",
                "At the theatre we had them hum it first, walking. Flat notes come from standing "
                "still and being afraid of it.",
                6.0,
                (
                    Reply(
                        "hanne_lie",
                        "Tried it this morning: eleven of fourteen stayed up. Thank you!",
                        5.1,
                    ),
                    Reply("oona_kallio", "And the other three sing harmony. That's a choir.", 5.0),
                ),
            ),
            Thread(
                "ines_vidal",
                "Yo les pido que imaginen que sube un poquito. No sube: se queda.",
                5.8,
            ),
        ),
    ),
    Post(
        "kwame_ade",
        "New one. That's the gate from @ines_vidal's garden on the two and the four, with her "
        "blessing. Her grandfather would have had better time than me.",
        4.1,
        piece="corner-store",
        likes=(
            Like("ines_vidal", 4.0),
            Like("nokori", 4.0),
            Like("tobias_rauch", 3.8),
            Like("samir_b", 3.1),
            Like("oona_kallio", 2.7),
        ),
        threads=(
            Thread(
                "ines_vidal",
                "Lo he puesto en la cocina y mi madre ha levantado la cabeza: «¿quién ha cerrado?»",
                3.9,
                (Reply("kwame_ade", "That's the best review I've ever had.", 3.8),),
            ),
        ),
    ),
    Post(
        "samir_b",
        "Six hours on a bus on Saturday, window seat, no charger. One album each, please, and say "
        "for which part of the road.",
        2.2,
        likes=(Like("kwame_ade", 2.1), Like("lucie_marchand", 2.0), Like("nokori", 1.9)),
        threads=(
            Thread(
                "mira_solene",
                "For the flat part after the second stop: Hanne's open windows, twice.",
                2.1,
                (
                    Reply(
                        "samir_b", "@mira_solene twice it is. @hanne_lie, you're on the bus.", 2.0
                    ),
                ),
            ),
            Thread("tobias_rauch", "Tunnel: Silberfisch. Augen zu, Lautstärke hoch.", 1.5),
            Thread(
                "lucie_marchand",
                "Pour la fin, quand il fait nuit et qu'on voit son propre visage dans la vitre : "
                "rien. Juste le bus.",
                1.2,
            ),
        ),
    ),
    Post(
        "oona_kallio",
        "I've opened a room, Studio hours, for questions that are too small for a post. No "
        "question is too small. Come as you are, bring your hum.",
        0.9,
        likes=(Like("kwame_ade", 0.9), Like("hanne_lie", 0.8), Like("tobias_rauch", 0.7)),
    ),
    Post(
        "lucie_marchand",
        "Examen passé. J'ai dormi onze heures, puis j'ai écouté la valse avec le son au minimum, "
        "comme on boit de l'eau.",
        0.3,
        likes=(Like("ines_vidal", 0.2), Like("samir_b", 0.2)),
        threads=(Thread("ines_vidal", "¡Enhorabuena! La próxima la escribo sin muelle.", 0.2),),
    ),
)

TALKS: tuple[Talk, ...] = (
    Talk(
        "room",
        "Studio hours",
        (
            *("oona_kallio", "tobias_rauch", "kwame_ade", "nokori", "mira_solene"),
            *("hanne_lie", "samir_b"),
        ),
        (
            Line("oona_kallio", "Door's open. Who brought a hum?", 20.5),
            Line(
                "kwame_ade",
                "Me. Fifty hertz on the tape echo, only when the desk lamp is on.",
                20.3,
            ),
            Line("oona_kallio", "Dimmer?", 20.3),
            Line("kwame_ade", "… dimmer.", 20.2, (("nokori", "💡"), ("tobias_rauch", "😂"))),
            Line(
                "tobias_rauch",
                "@kwame_ade Dimmer raus, Schalter rein. Ich löte dir einen, wenn du mir den Hund "
                "schickst.",
                20.1,
            ),
            Line("mira_solene", "The dog is becoming a currency.", 20.0, (("kwame_ade", "🐕"),)),
            Line(
                "nokori",
                "Serious one: how loud do you all master? Mine come out at -9 and sound angry.",
                3.2,
            ),
            Line(
                "oona_kallio",
                "@nokori -14 and let the listener turn the knob. Veza shows the LUFS of a track, "
                "look at Undertow: it loses nothing.",
                3.1,
                (("nokori", "🙏"), ("mira_solene", "🙏")),
            ),
            Line(
                "samir_b",
                "I only came to listen. It's nice in here.",
                2.8,
                (("oona_kallio", "💛"),),
            ),
        ),
        away=("hanne_lie", "mira_solene"),
    ),
    Talk(
        "direct",
        None,
        ("kwame_ade", "ines_vidal"),
        (
            Line(
                "kwame_ade", "About the rolled chord from the gate: I made a thing. Rough.", 210.0
            ),
            Line("ines_vidal", "¡Manda! Y dime si se oye el pulgar.", 209.2),
            Line("kwame_ade", "The thumb is the kick now.", 209.0, (("ines_vidal", "😍"),)),
            Line(
                "ines_vidal",
                "Entonces mi abuelo toca en Bristol. Sube lo que quieras, pero di de quién es la "
                "cancela.",
                208.5,
                (("kwame_ade", "🖤"),),
            ),
            Line("kwame_ade", "It's up, and everybody knows whose gate it is.", 98.6),
            Line("ines_vidal", "Lo estoy oyendo en la cocina. Gracias, Kwame.", 97.9),
            Line("kwame_ade", "Next time I'm in Granada I owe that gate some oil.", 1.4),
        ),
        away=("ines_vidal",),
    ),
    Talk(
        "group",
        "Winter concert",
        ("hanne_lie", "ines_vidal", "oona_kallio"),
        (
            Line(
                "hanne_lie",
                "@ines_vidal the choir said yes to the waltz. They want to be the spring that "
                "winds down.",
                50.0,
            ),
            Line("ines_vidal", "Que tarden lo que quieran en parar.", 49.6, (("hanne_lie", "🎶"),)),
            Line("oona_kallio", "I can lend you two small microphones and one long cable.", 49.0),
        ),
        away=("hanne_lie",),
    ),
)
