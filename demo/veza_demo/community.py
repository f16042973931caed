"""The members of the demonstration, the dates of their tracks, their likes and comments."""

from typing import Literal

from msgspec import Struct


class DemoMember(Struct, frozen=True):
    """An account."""

    username: str
    bio: str
    joined_days_ago: float
    role: Literal["user", "creator", "moderator"] = "creator"


class DemoRelease(Struct, frozen=True):
    """When a piece, by its slug, was published, and how often it was played since."""

    piece: str
    posted_days_ago: float
    plays: int


class DemoLike(Struct, frozen=True):
    """A member's like of a piece."""

    username: str
    piece: str
    posted_days_ago: float


class DemoComment(Struct, frozen=True):
    """A member's comment on a moment of a piece."""

    username: str
    piece: str
    position_seconds: float
    body: str
    posted_days_ago: float


MEMBERS: tuple[DemoMember, ...] = (
    DemoMember(
        username="mira_solene",
        bio="Ambient and soundscapes from Brittany. I sell tide tables by day, which explains most "
        "of it.",
        joined_days_ago=71.0,
    ),
    DemoMember(
        username="tobias_rauch",
        bio="Techno und Acid aus Leipzig. Lötet, was er nicht kaufen kann.",
        joined_days_ago=64.5,
    ),
    DemoMember(
        username="nokori",
        bio="Drum and bass, chiptune, unfinished games. Trackers since I was eleven.",
        joined_days_ago=58.2,
    ),
    DemoMember(
        username="hanne_lie",
        bio="Pianist and choir conductor in Trondheim. Writes small pieces between rehearsals.",
        joined_days_ago=52.9,
    ),
    DemoMember(
        username="ines_vidal",
        bio="Guitarra, cajas de música y canciones sin letra. Granada.",
        joined_days_ago=47.3,
    ),
    DemoMember(
        username="kwame_ade",
        bio="Beats and versions from Bristol. One desk, one spring, one tape echo "
        "on its last legs.",
        joined_days_ago=45.8,
    ),
    DemoMember(
        username="lucie_marchand",
        bio="J'écoute surtout la nuit, en révisant. Pas musicienne, mais bon public.",
        joined_days_ago=33.4,
        role="user",
    ),
    DemoMember(
        username="samir_b",
        bio="Collects rainy recordings and long bus rides. Always looking for "
        "something to walk to.",
        joined_days_ago=26.1,
        role="user",
    ),
    DemoMember(
        username="oona_kallio",
        bio="Moderator. Former sound engineer at a theatre in Turku. Write to me if something is "
        "off, I read everything.",
        joined_days_ago=73.0,
        role="moderator",
    ),
)

RELEASES: tuple[DemoRelease, ...] = (
    DemoRelease("low-tide", 41.6, 486),
    DemoRelease("hall-seven", 36.9, 731),
    DemoRelease("undertow", 31.2, 894),
    DemoRelease("open-windows", 27.5, 352),
    DemoRelease("garden-gate", 23.8, 417),
    DemoRelease("harbour-version", 19.4, 538),
    DemoRelease("boathouse-rain", 16.1, 23),
    DemoRelease("cartridge-weather", 12.7, 446),
    DemoRelease("winding-waltz", 9.3, 178),
    DemoRelease("church-in-snow", 6.4, 3),
    DemoRelease("corner-store", 4.2, 263),
    DemoRelease("silverfish", 1.6, 97),
)

LIKES: tuple[DemoLike, ...] = (
    DemoLike("hanne_lie", "low-tide", 41.2),
    DemoLike("oona_kallio", "low-tide", 39.8),
    DemoLike("lucie_marchand", "low-tide", 31.7),
    DemoLike("samir_b", "low-tide", 25.9),
    DemoLike("kwame_ade", "low-tide", 17.3),
    DemoLike("nokori", "hall-seven", 36.5),
    DemoLike("kwame_ade", "hall-seven", 35.1),
    DemoLike("lucie_marchand", "hall-seven", 30.2),
    DemoLike("mira_solene", "hall-seven", 21.0),
    DemoLike("tobias_rauch", "undertow", 30.9),
    DemoLike("kwame_ade", "undertow", 30.4),
    DemoLike("oona_kallio", "undertow", 28.8),
    DemoLike("samir_b", "undertow", 22.6),
    DemoLike("lucie_marchand", "undertow", 11.5),
    DemoLike("ines_vidal", "open-windows", 27.1),
    DemoLike("mira_solene", "open-windows", 26.6),
    DemoLike("lucie_marchand", "open-windows", 24.3),
    DemoLike("oona_kallio", "open-windows", 20.2),
    DemoLike("hanne_lie", "garden-gate", 23.1),
    DemoLike("samir_b", "garden-gate", 22.7),
    DemoLike("mira_solene", "garden-gate", 18.5),
    DemoLike("kwame_ade", "garden-gate", 14.9),
    DemoLike("tobias_rauch", "harbour-version", 19.0),
    DemoLike("nokori", "harbour-version", 18.8),
    DemoLike("ines_vidal", "harbour-version", 15.6),
    DemoLike("samir_b", "harbour-version", 13.2),
    DemoLike("oona_kallio", "harbour-version", 8.7),
    DemoLike("samir_b", "boathouse-rain", 15.4),
    DemoLike("hanne_lie", "boathouse-rain", 14.8),
    DemoLike("tobias_rauch", "cartridge-weather", 12.5),
    DemoLike("samir_b", "cartridge-weather", 11.8),
    DemoLike("lucie_marchand", "cartridge-weather", 10.9),
    DemoLike("ines_vidal", "cartridge-weather", 6.0),
    DemoLike("hanne_lie", "winding-waltz", 9.1),
    DemoLike("lucie_marchand", "winding-waltz", 8.4),
    DemoLike("nokori", "winding-waltz", 5.2),
    DemoLike("oona_kallio", "winding-waltz", 3.3),
    DemoLike("nokori", "corner-store", 4.0),
    DemoLike("tobias_rauch", "corner-store", 3.7),
    DemoLike("lucie_marchand", "corner-store", 2.9),
    DemoLike("samir_b", "corner-store", 0.8),
    DemoLike("kwame_ade", "silverfish", 1.4),
    DemoLike("nokori", "silverfish", 1.1),
    DemoLike("mira_solene", "silverfish", 0.3),
)

COMMENTS: tuple[DemoComment, ...] = (
    DemoComment(
        "hanne_lie",
        "low-tide",
        46.0,
        "The B flat under everything, so late in the piece. It felt as if the light went.",
        41.1,
    ),
    DemoComment(
        "mira_solene",
        "low-tide",
        46.0,
        "@hanne_lie that's exactly the moment when one has to walk back before the water.",
        40.8,
    ),
    DemoComment(
        "lucie_marchand",
        "low-tide",
        28.0,
        "La deuxième vague arrive tellement doucement que j'ai levé la tête pour vérifier que ça "
        "jouait encore.",
        31.6,
    ),
    DemoComment(
        "nokori",
        "hall-seven",
        21.8,
        "Taking the kick away for only four bars is a bold choice and it works.",
        36.4,
    ),
    DemoComment(
        "kwame_ade",
        "hall-seven",
        29.1,
        "How did you get the rumble that tight? Reverb on the kick, or a separate bass?",
        35.0,
    ),
    DemoComment(
        "tobias_rauch",
        "hall-seven",
        29.1,
        "@kwame_ade Hall auf der Kick, Tiefpass bei 150, dann verzerrt und weggedrückt. The kick "
        "is tuned to F, that's half of it.",
        34.8,
    ),
    DemoComment(
        "tobias_rauch", "undertow", 8.3, "Der Einsatz nach dem Nebel! Habe den Bus verpasst.", 30.8
    ),
    DemoComment(
        "oona_kallio",
        "undertow",
        30.4,
        "Lovely break. From the second drop on, the bass is gone on small speakers; on big ones "
        "it's perfect.",
        28.7,
    ),
    DemoComment(
        "samir_b", "undertow", 18.6, "Walked to work in fourteen minutes instead of nineteen.", 22.5
    ),
    DemoComment(
        "ines_vidal",
        "open-windows",
        12.9,
        "Ese silencio vale tanto como la frase. Gracias por no llenarlo.",
        27.0,
    ),
    DemoComment(
        "mira_solene",
        "open-windows",
        21.4,
        "I love that the fifth phrase doesn't wait for its rest.",
        26.5,
    ),
    DemoComment(
        "lucie_marchand",
        "open-windows",
        35.5,
        "Le dernier accord, je l'attends à chaque fois.",
        24.2,
    ),
    DemoComment(
        "hanne_lie",
        "garden-gate",
        20.2,
        "Is that you knocking on the body of the guitar? It does sound like a gate.",
        23.0,
    ),
    DemoComment(
        "ines_vidal",
        "garden-gate",
        20.2,
        "@hanne_lie sí, con el pulgar, sobre la tapa. Mi abuelo cerraba siempre con dos golpes.",
        22.9,
    ),
    DemoComment(
        "kwame_ade",
        "garden-gate",
        39.6,
        "That rolled chord at the end. Would you mind if I sampled it?",
        14.8,
    ),
    DemoComment(
        "ines_vidal", "garden-gate", 39.6, "@kwame_ade encantada, pero mándame lo que hagas.", 14.5
    ),
    DemoComment(
        "nokori",
        "harbour-version",
        20.2,
        "The whole bass just walks out of the room here. I laughed out loud.",
        18.7,
    ),
    DemoComment(
        "tobias_rauch",
        "harbour-version",
        8.0,
        "Melodica mit dem Echo zusammen ist herrlich. Welche Wiederholrate?",
        18.2,
    ),
    DemoComment(
        "kwame_ade",
        "harbour-version",
        8.0,
        "@tobias_rauch three sixteenths at 72, and my hand on the feedback.",
        18.0,
    ),
    DemoComment(
        "samir_b",
        "boathouse-rain",
        22.9,
        "I was sure that this was a recording until you told me. The thunder is so far away.",
        15.3,
    ),
    DemoComment(
        "hanne_lie",
        "boathouse-rain",
        45.0,
        "De siste dråpene i tønna. Jeg kjenner den lyden fra hytta.",
        14.7,
    ),
    DemoComment(
        "tobias_rauch",
        "cartridge-weather",
        16.2,
        "The bridge in A minor is where the rain starts, right?",
        12.4,
    ),
    DemoComment(
        "lucie_marchand",
        "cartridge-weather",
        29.0,
        "L'écho du thème quand il revient, quel bonheur. Le jeu, c'est pour quand ?",
        10.8,
    ),
    DemoComment(
        "nokori",
        "cartridge-weather",
        29.0,
        "@lucie_marchand when the clouds stop walking through the hills. So, not soon.",
        10.6,
    ),
    DemoComment(
        "lucie_marchand",
        "winding-waltz",
        33.0,
        "Quand le ressort fatigue, j'ai eu envie de le remonter.",
        8.3,
    ),
    DemoComment(
        "hanne_lie",
        "winding-waltz",
        18.6,
        "That C sharp in the middle section is so tender. May I play it with the children's choir?",
        7.9,
    ),
    DemoComment("nokori", "corner-store", 6.0, "The snare is late by just the right amount.", 3.9),
    DemoComment(
        "oona_kallio",
        "corner-store",
        28.0,
        "Nice, the drop-out before the last verse. I'd take the crackle down by two decibels, but "
        "that may be my old job speaking.",
        2.6,
    ),
    DemoComment(
        "kwame_ade",
        "corner-store",
        28.0,
        "@oona_kallio fair, I'll clean the needle for the next one.",
        2.4,
    ),
    DemoComment("samir_b", "corner-store", 11.4, "This is what the bus home sounds like.", 0.7),
    DemoComment(
        "kwame_ade",
        "silverfish",
        24.6,
        "The filter shuts like a door here and then it crawls back in. Nasty, in the best way.",
        1.3,
    ),
    DemoComment(
        "nokori",
        "silverfish",
        39.5,
        "Fully open and it still doesn't hurt. What's the resonance at?",
        1.0,
    ),
)
