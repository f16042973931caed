"""The people of the demonstration: who they are, what they play, like, and say to each other."""

from typing import Literal

from msgspec import Struct


class Member(Struct, frozen=True):
    """Somebody with an account."""

    username: str
    display_name: str
    bio: str
    joined_days_ago: float
    role: Literal["user", "creator", "moderator"] = "creator"


class Release(Struct, frozen=True):
    """When a piece, by its slug, came out, and how often it has been played since."""

    piece: str
    posted_days_ago: float
    plays: int


class Like(Struct, frozen=True):
    """A member's like of a piece."""

    username: str
    piece: str
    posted_days_ago: float


class Comment(Struct, frozen=True):
    """What a member says about a moment of a piece."""

    username: str
    piece: str
    position_seconds: float
    body: str
    posted_days_ago: float


MEMBERS: tuple[Member, ...] = (
    Member(
        username="mira_solene",
        display_name="Mira Solène",
        bio="Ambient and soundscapes from Brittany. I sell tide tables by day, which explains most "
        "of it.",
        joined_days_ago=71.0,
    ),
    Member(
        username="tobias_rauch",
        display_name="Tobias Rauch",
        bio="Techno und Acid aus Leipzig. Lötet, was er nicht kaufen kann.",
        joined_days_ago=64.5,
    ),
    Member(
        username="nokori",
        display_name="nokori",
        bio="Drum and bass, chiptune, unfinished games. Trackers since I was eleven.",
        joined_days_ago=58.2,
    ),
    Member(
        username="hanne_lie",
        display_name="Hanne Lie",
        bio="Pianist and choir conductor in Trondheim. Writes small pieces between rehearsals.",
        joined_days_ago=52.9,
    ),
    Member(
        username="ines_vidal",
        display_name="Inés Vidal",
        bio="Guitarra, cajas de música y canciones sin letra. Granada.",
        joined_days_ago=47.3,
    ),
    Member(
        username="kwame_ade",
        display_name="Kwame Ade",
        bio="Beats and versions from Bristol. One desk, one spring, one tape echo "
        "on its last legs.",
        joined_days_ago=45.8,
    ),
    Member(
        username="lucie_marchand",
        display_name="Lucie Marchand",
        bio="J'écoute surtout la nuit, en révisant. Pas musicienne, mais bon public.",
        joined_days_ago=33.4,
        role="user",
    ),
    Member(
        username="samir_b",
        display_name="Samir",
        bio="Collects rainy recordings and long bus rides. Always looking for "
        "something to walk to.",
        joined_days_ago=26.1,
        role="user",
    ),
    Member(
        username="oona_kallio",
        display_name="Oona Kallio",
        bio="Moderator. Former sound engineer at a theatre in Turku. Write to me if something is "
        "off, I read everything.",
        joined_days_ago=73.0,
        role="moderator",
    ),
)

RELEASES: tuple[Release, ...] = (
    Release("low-tide", 41.6, 486),
    Release("hall-seven", 36.9, 731),
    Release("undertow", 31.2, 894),
    Release("open-windows", 27.5, 352),
    Release("garden-gate", 23.8, 417),
    Release("harbour-version", 19.4, 538),
    Release("boathouse-rain", 16.1, 23),
    Release("cartridge-weather", 12.7, 446),
    Release("winding-waltz", 9.3, 178),
    Release("church-in-snow", 6.4, 3),
    Release("corner-store", 4.2, 263),
    Release("silverfish", 1.6, 97),
)

LIKES: tuple[Like, ...] = (
    Like("hanne_lie", "low-tide", 41.2),
    Like("oona_kallio", "low-tide", 39.8),
    Like("lucie_marchand", "low-tide", 31.7),
    Like("samir_b", "low-tide", 25.9),
    Like("kwame_ade", "low-tide", 17.3),
    Like("nokori", "hall-seven", 36.5),
    Like("kwame_ade", "hall-seven", 35.1),
    Like("lucie_marchand", "hall-seven", 30.2),
    Like("mira_solene", "hall-seven", 21.0),
    Like("tobias_rauch", "undertow", 30.9),
    Like("kwame_ade", "undertow", 30.4),
    Like("oona_kallio", "undertow", 28.8),
    Like("samir_b", "undertow", 22.6),
    Like("lucie_marchand", "undertow", 11.5),
    Like("ines_vidal", "open-windows", 27.1),
    Like("mira_solene", "open-windows", 26.6),
    Like("lucie_marchand", "open-windows", 24.3),
    Like("oona_kallio", "open-windows", 20.2),
    Like("hanne_lie", "garden-gate", 23.1),
    Like("samir_b", "garden-gate", 22.7),
    Like("mira_solene", "garden-gate", 18.5),
    Like("kwame_ade", "garden-gate", 14.9),
    Like("tobias_rauch", "harbour-version", 19.0),
    Like("nokori", "harbour-version", 18.8),
    Like("ines_vidal", "harbour-version", 15.6),
    Like("samir_b", "harbour-version", 13.2),
    Like("oona_kallio", "harbour-version", 8.7),
    Like("samir_b", "boathouse-rain", 15.4),
    Like("hanne_lie", "boathouse-rain", 14.8),
    Like("tobias_rauch", "cartridge-weather", 12.5),
    Like("samir_b", "cartridge-weather", 11.8),
    Like("lucie_marchand", "cartridge-weather", 10.9),
    Like("ines_vidal", "cartridge-weather", 6.0),
    Like("hanne_lie", "winding-waltz", 9.1),
    Like("lucie_marchand", "winding-waltz", 8.4),
    Like("nokori", "winding-waltz", 5.2),
    Like("oona_kallio", "winding-waltz", 3.3),
    Like("nokori", "corner-store", 4.0),
    Like("tobias_rauch", "corner-store", 3.7),
    Like("lucie_marchand", "corner-store", 2.9),
    Like("samir_b", "corner-store", 0.8),
    Like("kwame_ade", "silverfish", 1.4),
    Like("nokori", "silverfish", 1.1),
    Like("mira_solene", "silverfish", 0.3),
)

COMMENTS: tuple[Comment, ...] = (
    Comment(
        "hanne_lie",
        "low-tide",
        46.0,
        "The B flat under everything, so late in the piece. It felt as if the light went.",
        41.1,
    ),
    Comment(
        "mira_solene",
        "low-tide",
        46.0,
        "@hanne_lie that's exactly the moment when one has to walk back before the water.",
        40.8,
    ),
    Comment(
        "lucie_marchand",
        "low-tide",
        28.0,
        "La deuxième vague arrive tellement doucement que j'ai levé la tête pour vérifier que ça "
        "jouait encore.",
        31.6,
    ),
    Comment(
        "nokori",
        "hall-seven",
        21.8,
        "Taking the kick away for only four bars is a bold choice and it works.",
        36.4,
    ),
    Comment(
        "kwame_ade",
        "hall-seven",
        29.1,
        "How did you get the rumble that tight? Reverb on the kick, or a separate bass?",
        35.0,
    ),
    Comment(
        "tobias_rauch",
        "hall-seven",
        29.1,
        "@kwame_ade Hall auf der Kick, Tiefpass bei 150, dann verzerrt und weggedrückt. The kick "
        "is tuned to F, that's half of it.",
        34.8,
    ),
    Comment(
        "tobias_rauch", "undertow", 8.3, "Der Einsatz nach dem Nebel! Habe den Bus verpasst.", 30.8
    ),
    Comment(
        "oona_kallio",
        "undertow",
        30.4,
        "Lovely break. From the second drop on, the bass is gone on small speakers; on big ones "
        "it's perfect.",
        28.7,
    ),
    Comment(
        "samir_b", "undertow", 18.6, "Walked to work in fourteen minutes instead of nineteen.", 22.5
    ),
    Comment(
        "ines_vidal",
        "open-windows",
        12.9,
        "Ese silencio vale tanto como la frase. Gracias por no llenarlo.",
        27.0,
    ),
    Comment(
        "mira_solene",
        "open-windows",
        21.4,
        "I love that the fifth phrase doesn't wait for its rest.",
        26.5,
    ),
    Comment(
        "lucie_marchand",
        "open-windows",
        35.5,
        "Le dernier accord, je l'attends à chaque fois.",
        24.2,
    ),
    Comment(
        "hanne_lie",
        "garden-gate",
        20.2,
        "Is that you knocking on the body of the guitar? It does sound like a gate.",
        23.0,
    ),
    Comment(
        "ines_vidal",
        "garden-gate",
        20.2,
        "@hanne_lie sí, con el pulgar, sobre la tapa. Mi abuelo cerraba siempre con dos golpes.",
        22.9,
    ),
    Comment(
        "kwame_ade",
        "garden-gate",
        39.6,
        "That rolled chord at the end. Would you mind if I sampled it?",
        14.8,
    ),
    Comment(
        "ines_vidal", "garden-gate", 39.6, "@kwame_ade encantada, pero mándame lo que hagas.", 14.5
    ),
    Comment(
        "nokori",
        "harbour-version",
        20.2,
        "The whole bass just walks out of the room here. I laughed out loud.",
        18.7,
    ),
    Comment(
        "tobias_rauch",
        "harbour-version",
        8.0,
        "Melodica mit dem Echo zusammen ist herrlich. Welche Wiederholrate?",
        18.2,
    ),
    Comment(
        "kwame_ade",
        "harbour-version",
        8.0,
        "@tobias_rauch three sixteenths at 72, and my hand on the feedback.",
        18.0,
    ),
    Comment(
        "samir_b",
        "boathouse-rain",
        22.9,
        "I was sure that this was a recording until you told me. The thunder is so far away.",
        15.3,
    ),
    Comment(
        "hanne_lie",
        "boathouse-rain",
        45.0,
        "De siste dråpene i tønna. Jeg kjenner den lyden fra hytta.",
        14.7,
    ),
    Comment(
        "tobias_rauch",
        "cartridge-weather",
        16.2,
        "The bridge in A minor is where the rain starts, right?",
        12.4,
    ),
    Comment(
        "lucie_marchand",
        "cartridge-weather",
        29.0,
        "L'écho du thème quand il revient, quel bonheur. Le jeu, c'est pour quand ?",
        10.8,
    ),
    Comment(
        "nokori",
        "cartridge-weather",
        29.0,
        "@lucie_marchand when the clouds stop walking through the hills. So, not soon.",
        10.6,
    ),
    Comment(
        "lucie_marchand",
        "winding-waltz",
        33.0,
        "Quand le ressort fatigue, j'ai eu envie de le remonter.",
        8.3,
    ),
    Comment(
        "hanne_lie",
        "winding-waltz",
        18.6,
        "That C sharp in the middle section is so tender. May I play it with the children's choir?",
        7.9,
    ),
    Comment("nokori", "corner-store", 6.0, "The snare is late by just the right amount.", 3.9),
    Comment(
        "oona_kallio",
        "corner-store",
        28.0,
        "Nice, the drop-out before the last verse. I'd take the crackle down by two decibels, but "
        "that may be my old job speaking.",
        2.6,
    ),
    Comment(
        "kwame_ade",
        "corner-store",
        28.0,
        "@oona_kallio fair, I'll clean the needle for the next one.",
        2.4,
    ),
    Comment("samir_b", "corner-store", 11.4, "This is what the bus home sounds like.", 0.7),
    Comment(
        "kwame_ade",
        "silverfish",
        24.6,
        "The filter shuts like a door here and then it crawls back in. Nasty, in the best way.",
        1.3,
    ),
    Comment(
        "nokori",
        "silverfish",
        39.5,
        "Fully open and it still doesn't hurt. What's the resonance at?",
        1.0,
    ),
)
