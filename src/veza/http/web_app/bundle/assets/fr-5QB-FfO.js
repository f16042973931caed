var e=`
😀 sourire content
😃 sourire joie
😄 rire joie
😁 radieux dents
😅 sueur ouf
😂 larmes rire
🤣 mort de rire
😊 rougir sourire
🙂 léger sourire
🙃 à l’envers
😉 clin d’œil
😌 soulagé calme
😍 amour yeux
🥰 adorer cœurs
😘 bisou baiser
😋 miam bon
😛 langue
😜 fou clin
🤪 dingue fou
🤨 doute sourcil
🧐 examiner monocle
🤓 intello nerd
😎 cool lunettes
🤩 étoiles épaté
🥳 fête célébrer
😏 narquois
😒 blasé
😔 pensif triste
😕 confus
🙁 mécontent triste
😢 pleurer larme
😭 sanglot pleurer
😤 vexé
😠 en colère
😡 rage colère
🤬 juron
🤯 tête explosée
😳 gêné
🥵 chaud
🥶 froid
😱 cri peur
😨 peur
😥 déçu
🤗 câlin
🤔 réfléchir
🤭 glousser
🤫 chut silence
🤐 secret bouche
😐 neutre
😶 sans voix
😬 grimace
🙄 yeux au ciel
😴 dormir
🤤 baver
😷 masque malade
🤒 fièvre malade
🤕 blessé
🤢 nausée
🥴 sonné
🥺 supplier
😇 ange
🤠 cowboy
🤡 clown
👻 fantôme
💀 crâne mort
👽 extraterrestre
🤖 robot
💩 crotte
👋 coucou salut
👍 pouce oui
👎 pouce bas non
👏 applaudir bravo
🙌 mains bravo
🙏 merci prier
🤝 poignée accord
✌️ victoire paix
🤞 doigts croisés chance
🤟 je t’aime
🤘 rock cornes
👌 ok parfait
🤌 doigts pincés
👉 droite doigt
👈 gauche doigt
👆 haut doigt
👇 bas doigt
✋ stop main
💪 fort muscle
👂 oreille écouter
👀 yeux regarder
🧠 cerveau
🗣️ parler voix
💃 danse femme
🕺 danse homme
🤷 bof haussement
🤦 consterné
🧑‍🎤 chanteur
🧑‍💻 ordinateur travail
👨‍👩‍👧 famille
👶 bébé
❤️ cœur rouge amour
🧡 cœur orange
💛 cœur jaune
💚 cœur vert
💙 cœur bleu
💜 cœur violet
🖤 cœur noir
🤍 cœur blanc
💔 cœur brisé
💕 deux cœurs
💖 cœur étincelant
💯 cent parfait
✨ étincelles
⭐ étoile
🌟 étoile brillante
🔥 feu
💥 boum
💫 vertige étoile
💤 zzz dodo
💬 bulle parole
❓ question
❗ exclamation
✅ coché fait
❌ croix non
⚠️ attention
♻️ recyclage
🎵 note musique
🎶 notes musique
🎼 partition
🎤 micro chanter
🎧 casque écouter
🎷 saxophone
🎸 guitare
🎹 piano clavier
🎺 trompette
🎻 violon
🪕 banjo
🥁 tambour batterie
🪘 djembé
🪗 accordéon
🎛️ boutons mixeur
🎚️ curseur fader
📻 radio
🔊 fort haut-parleur
🔉 haut-parleur
🔇 muet
💿 disque cd
📼 cassette bande
🎙️ micro studio
🔔 cloche
🪩 boule disco
🎟️ billet
🎬 clap film
🎨 art peinture
🎭 théâtre
🏆 trophée victoire
🎉 fête confettis
🎊 confettis
🎁 cadeau
🎂 gâteau anniversaire
🐶 chien
🐱 chat
🐭 souris
🦊 renard
🐻 ours
🐼 panda
🦁 lion
🐸 grenouille
🐵 singe
🐔 poule
🐦 oiseau
🦉 hibou
🐺 loup
🐝 abeille
🦋 papillon
🐌 escargot
🐢 tortue
🐙 pieuvre
🐟 poisson
🐳 baleine
🌱 pousse
🌲 arbre sapin
🌵 cactus
🍀 trèfle chance
🌸 fleur cerisier
🌻 tournesol
🌹 rose
🍂 feuilles automne
🌍 terre monde
🌙 lune nuit
☀️ soleil
⛅ nuage soleil
🌧️ pluie
⛈️ orage
❄️ neige
🌈 arc-en-ciel
🌊 vague mer
☕ café
🍵 thé
🍺 bière
🍻 santé bières
🍷 vin
🥂 trinquer
🍕 pizza
🍔 burger
🍟 frites
🍝 pâtes
🍣 sushi
🥐 croissant
🥨 bretzel
🍞 pain
🧀 fromage
🍎 pomme
🍌 banane
🍓 fraise
🍋 citron
🥑 avocat
🌶️ piment
🍪 biscuit
🍫 chocolat
🍿 pop-corn
🍦 glace
🚗 voiture
🚲 vélo
🚆 train
✈️ avion
🚀 fusée
⛵ bateau
🏠 maison
🏖️ plage
⛰️ montagne
🌃 nuit ville
⚽ football
🏀 basket
🎮 jeu
🎲 dé
📷 appareil photo
💻 ordinateur
📱 téléphone
⏰ réveil heure
⏳ attendre sablier
📅 calendrier date
📌 épingle
📎 trombone
✏️ crayon écrire
📚 livres
🔗 lien chaîne
🔒 cadenas
🔑 clé
💡 idée ampoule
🔧 clé réparer
🧪 éprouvette test
💰 argent
🛒 chariot achats
📦 colis
✉️ lettre courrier
🔋 batterie
🔌 prise câble
`;export{e as default};