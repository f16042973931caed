var e=`
😀 grinsen froh
😃 lächeln froh
😄 lachen froh
😁 strahlen zähne
😅 schwitzen erleichtert
😂 tränen lachen
🤣 kugeln lachen
😊 erröten lächeln
🙂 leicht lächeln
🙃 kopfüber
😉 zwinkern
😌 erleichtert ruhig
😍 verliebt augen
🥰 anhimmeln herzen
😘 kuss
😋 lecker
😛 zunge
😜 verrückt zwinkern
🤪 irre verrückt
🤨 zweifel braue
🧐 prüfen monokel
🤓 streber nerd
😎 cool sonnenbrille
🤩 sterne begeistert
🥳 party feiern
😏 schmunzeln
😒 genervt
😔 bedrückt traurig
😕 verwirrt
🙁 traurig
😢 weinen träne
😭 heulen weinen
😤 schnauben
😠 wütend
😡 zorn wütend
🤬 fluchen
🤯 kopf explodiert
😳 verlegen
🥵 heiß
🥶 kalt
😱 schrei angst
😨 angst
😥 enttäuscht
🤗 umarmung
🤔 nachdenken
🤭 kichern
🤫 leise psst
🤐 geheim reißverschluss
😐 neutral
😶 sprachlos
😬 grimasse
🙄 augenrollen
😴 schlafen
🤤 sabbern
😷 maske krank
🤒 fieber krank
🤕 verletzt
🤢 übel
🥴 benommen
🥺 bitte flehen
😇 engel
🤠 cowboy
🤡 clown
👻 gespenst
💀 totenkopf
👽 außerirdischer
🤖 roboter
💩 haufen
👋 winken hallo
👍 daumen hoch ja
👎 daumen runter nein
👏 klatschen applaus
🙌 hände hoch jubel
🙏 danke bitte
🤝 handschlag abgemacht
✌️ sieg frieden
🤞 daumen drücken glück
🤟 hab dich lieb
🤘 rock hörner
👌 ok perfekt
🤌 fingerspitzen
👉 zeigen rechts
👈 zeigen links
👆 zeigen oben
👇 zeigen unten
✋ halt hand
💪 stark muskel
👂 ohr hören
👀 augen schauen
🧠 gehirn
🗣️ sprechen stimme
💃 tanzen frau
🕺 tanzen mann
🤷 schulterzucken
🤦 stirn klatschen
🧑‍🎤 sänger
🧑‍💻 computer arbeit
👨‍👩‍👧 familie
👶 baby
❤️ rotes herz liebe
🧡 oranges herz
💛 gelbes herz
💚 grünes herz
💙 blaues herz
💜 lila herz
🖤 schwarzes herz
🤍 weißes herz
💔 gebrochenes herz
💕 zwei herzen
💖 funkelndes herz
💯 hundert perfekt
✨ funkeln
⭐ stern
🌟 leuchtender stern
🔥 feuer heiß
💥 knall
💫 schwindel stern
💤 zzz schlaf
💬 sprechblase
❓ frage
❗ ausrufezeichen
✅ häkchen erledigt
❌ kreuz nein
⚠️ warnung
♻️ recycling
🎵 note musik
🎶 noten musik
🎼 partitur noten
🎤 mikrofon singen
🎧 kopfhörer hören
🎷 saxofon
🎸 gitarre
🎹 klavier tasten
🎺 trompete
🎻 geige
🪕 banjo
🥁 trommel schlagzeug
🪘 lange trommel
🪗 akkordeon
🎛️ regler mischpult
🎚️ schieberegler
📻 radio
🔊 laut lautsprecher
🔉 lautsprecher
🔇 stumm
💿 scheibe cd
📼 kassette band
🎙️ studiomikrofon
🔔 glocke
🪩 discokugel
🎟️ eintrittskarte
🎬 klappe film
🎨 kunst malen
🎭 theater
🏆 pokal sieg
🎉 konfetti feier
🎊 konfetti
🎁 geschenk
🎂 torte geburtstag
🐶 hund
🐱 katze
🐭 maus
🦊 fuchs
🐻 bär
🐼 panda
🦁 löwe
🐸 frosch
🐵 affe
🐔 huhn
🐦 vogel
🦉 eule
🐺 wolf
🐝 biene
🦋 schmetterling
🐌 schnecke
🐢 schildkröte
🐙 krake
🐟 fisch
🐳 wal
🌱 keim
🌲 baum
🌵 kaktus
🍀 klee glück
🌸 blüte
🌻 sonnenblume
🌹 rose
🍂 laub herbst
🌍 erde welt
🌙 mond nacht
☀️ sonne
⛅ wolke sonne
🌧️ regen
⛈️ gewitter
❄️ schnee
🌈 regenbogen
🌊 welle meer
☕ kaffee
🍵 tee
🍺 bier
🍻 prost biere
🍷 wein
🥂 anstoßen
🍕 pizza
🍔 burger
🍟 pommes
🍝 nudeln
🍣 sushi
🥐 croissant
🥨 brezel
🍞 brot
🧀 käse
🍎 apfel
🍌 banane
🍓 erdbeere
🍋 zitrone
🥑 avocado
🌶️ chili scharf
🍪 keks
🍫 schokolade
🍿 popcorn
🍦 eis
🚗 auto
🚲 fahrrad
🚆 zug
✈️ flugzeug
🚀 rakete
⛵ boot
🏠 haus zuhause
🏖️ strand
⛰️ berg
🌃 nacht stadt
⚽ fußball
🏀 basketball
🎮 spiel
🎲 würfel
📷 kamera foto
💻 laptop
📱 handy telefon
⏰ wecker uhr
⏳ warten sanduhr
📅 kalender termin
📌 nadel
📎 büroklammer
✏️ stift schreiben
📚 bücher
🔗 link kette
🔒 schloss
🔑 schlüssel
💡 idee birne
🔧 schraubenschlüssel reparieren
🧪 reagenzglas test
💰 geld
🛒 wagen einkaufen
📦 paket
✉️ brief post
🔋 batterie
🔌 stecker kabel
`;export{e as default};