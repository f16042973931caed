"""The data of the 100 searches: tracks, products and posts that no other test has."""

# Title, artist, genre, tags, plays.
TRACKS = [
    ("Midwinter Lanterns", "solveig_aune", "ambient", ["gongbellery", "tape loopery"], 10),
    ("Lantern Festival", "dusk_parade", "house", [], 50),
    ("Ode to AC/DC", "riff_raiders", "hard rock", ["guitarrama"], 5),
    ("Covering P!nk", "riff_raiders", "pop", [], 5),
    ("A$AP Homage", "bklyn_tapes", "hip hop", ["boom-bappery"], 5),
    ("Søndagsmorgen", "solveig_aune", "jazz", [], 5),
    ("Édith à l'Orégandre", "chanteclair", "chanson", ["zzaccordage"], 5),
    ("Kükenlied im Käfig", "klangkiste", "kosmischig", [], 5),
    ("Straßenmusikanten", "klangkiste", "kosmischig", [], 2),
    ("Полночный экспресс", "sever_zvuk", "эмбиентный", [], 5),
    ("Белые ночи", "sever_zvuk", "folk", [], 5),
    ("霧のフェリー乗り場", "umi_no_oto", "ambient", ["霧笛"], 5),
    ("東京ドリフト", "umi_no_oto", "city pop", [], 5),
    ("서울의 밤하늘", "umi_no_oto", None, [], 5),
    ("ليلة طويلة", "layali_band", None, [], 5),
    ("שיר לילה", "layali_band", None, [], 5),
    ("Łódź Nocturnes", "klangkiste", "techno", [], 5),
    ("Don't Lookdown", "dusk_parade", "drum and bass", ["dnbery"], 5),
    ("99 Red Kites", "bklyn_tapes", None, [], 5),
    ("Kaleidofonia", "prismatique", None, [], 1),
    ("Kaleidofonia Extended Reprise", "prismatique", None, [], 900),
    ("Q7", "prismatique", None, [], 5),
    ("Zzyzx Road Bluesy", "riff_raiders", "blues", [], 5),
    ("The Quietest Machinery", "solveig_aune", None, ["lo-fidelis"], 5),
    ("Machinery of Joyfulness", "dusk_parade", None, [], 500),
    ("Señorita Tormentosa", "chanteclair", None, [], 5),
    ("Rock 'n' Rollabella", "riff_raiders", None, [], 5),
    ("Naïveté Façadière", "chanteclair", None, [], 5),
    ("Smörgåsbordet", "solveig_aune", None, [], 5),
    ("Ænima Mundorum", "prismatique", None, [], 5),
    ("DJ京都Mix", "umi_no_oto", None, [], 5),
    ("Jazzz Odyssea", "bklyn_tapes", None, [], 5),
    ("Vol.2: Undertowing", "dusk_parade", None, [], 5),
]
# Title, seller, type.
PRODUCTS = [
    ("Gongbellery Sample Pack", "solveig_aune", "sample_pack"),
    ("Krautish Drums Vol. 2", "klangkiste", "sample_pack"),
    ("Zitherette Presets", "prismatique", "preset"),
    ("Masteringue by Ear", "dusk_parade", "service"),
]
# Content, author, likes.
POSTS = [
    ("Rehearsal with the zitherette tonight", "prismatique", 0),
    ("The zitherette is broken, concert cancelled", "prismatique", 9),
    ("Новый альбомчик уже скоро", "sever_zvuk", 0),
    ("Thérémine for sale, barely played", "chanteclair", 0),
]
