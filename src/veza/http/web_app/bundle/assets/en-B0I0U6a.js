var e=`
😀 grin happy
😃 smile happy
😄 laugh happy
😁 beam teeth
😅 sweat relief
😂 tears laugh joy
🤣 rolling laugh
😊 blush smile
🙂 slight smile
🙃 upside down
😉 wink
😌 relieved calm
😍 love eyes
🥰 adore hearts
😘 kiss
😋 yum tasty
😛 tongue
😜 crazy wink
🤪 zany crazy
🤨 doubt eyebrow
🧐 inspect monocle
🤓 nerd
😎 cool sunglasses
🤩 star struck wow
🥳 party celebrate
😏 smirk
😒 unamused
😔 pensive sad
😕 confused
🙁 frown sad
😢 cry tear
😭 sob cry
😤 huff
😠 angry
😡 rage angry
🤬 swear
🤯 mind blown
😳 flushed
🥵 hot
🥶 cold
😱 scream fear
😨 fear
😥 sad relief
🤗 hug
🤔 think
🤭 giggle
🤫 quiet shush
🤐 zip secret
😐 neutral
😶 speechless
😬 grimace
🙄 eye roll
😴 sleep
🤤 drool
😷 mask sick
🤒 fever sick
🤕 hurt
🤢 nausea
🥴 woozy
🥺 please plead
😇 angel
🤠 cowboy
🤡 clown
👻 ghost
💀 skull dead
👽 alien
🤖 robot
💩 poop
👋 wave hello
👍 thumbs up yes
👎 thumbs down no
👏 clap applause
🙌 hands up praise
🙏 thanks pray
🤝 handshake deal
✌️ victory peace
🤞 fingers crossed luck
🤟 love you
🤘 rock horns
👌 ok perfect
🤌 pinch italian
👉 point right
👈 point left
👆 point up
👇 point down
✋ stop hand
💪 strong muscle
👂 ear listen
👀 eyes look
🧠 brain
🗣️ speak voice
💃 dance woman
🕺 dance man
🤷 shrug
🤦 facepalm
🧑‍🎤 singer
🧑‍💻 computer work
👨‍👩‍👧 family
👶 baby
❤️ red heart love
🧡 orange heart
💛 yellow heart
💚 green heart
💙 blue heart
💜 purple heart
🖤 black heart
🤍 white heart
💔 broken heart
💕 two hearts
💖 sparkling heart
💯 hundred perfect
✨ sparkles
⭐ star
🌟 glowing star
🔥 fire hot
💥 boom
💫 dizzy star
💤 zzz sleep
💬 speech bubble
❓ question
❗ exclamation
✅ check done
❌ cross no
⚠️ warning
♻️ recycle
🎵 note music
🎶 notes music
🎼 score sheet
🎤 microphone sing
🎧 headphones listen
🎷 saxophone
🎸 guitar
🎹 piano keys
🎺 trumpet
🎻 violin
🪕 banjo
🥁 drum
🪘 long drum
🪗 accordion
🎛️ knobs mixer
🎚️ slider fader
📻 radio
🔊 loud speaker
🔉 speaker
🔇 mute
💿 disc cd
📼 cassette tape
🎙️ studio microphone
🔔 bell
🪩 disco ball
🎟️ ticket
🎬 clapper film
🎨 art paint
🎭 theatre
🏆 trophy win
🎉 party popper
🎊 confetti
🎁 gift
🎂 cake birthday
🐶 dog
🐱 cat
🐭 mouse
🦊 fox
🐻 bear
🐼 panda
🦁 lion
🐸 frog
🐵 monkey
🐔 chicken
🐦 bird
🦉 owl
🐺 wolf
🐝 bee
🦋 butterfly
🐌 snail
🐢 turtle
🐙 octopus
🐟 fish
🐳 whale
🌱 sprout
🌲 tree
🌵 cactus
🍀 clover luck
🌸 blossom
🌻 sunflower
🌹 rose
🍂 leaves autumn
🌍 earth world
🌙 moon night
☀️ sun
⛅ cloud sun
🌧️ rain
⛈️ storm
❄️ snow
🌈 rainbow
🌊 wave sea
☕ coffee
🍵 tea
🍺 beer
🍻 cheers beers
🍷 wine
🥂 cheers
🍕 pizza
🍔 burger
🍟 fries
🍝 pasta
🍣 sushi
🥐 croissant
🥨 pretzel
🍞 bread
🧀 cheese
🍎 apple
🍌 banana
🍓 strawberry
🍋 lemon
🥑 avocado
🌶️ chili hot
🍪 cookie
🍫 chocolate
🍿 popcorn
🍦 ice cream
🚗 car
🚲 bicycle
🚆 train
✈️ plane
🚀 rocket
⛵ boat
🏠 home house
🏖️ beach
⛰️ mountain
🌃 night city
⚽ football
🏀 basketball
🎮 game
🎲 dice
📷 camera photo
💻 laptop
📱 phone
⏰ alarm clock
⏳ wait hourglass
📅 calendar date
📌 pin
📎 paperclip
✏️ pencil write
📚 books
🔗 link chain
🔒 lock
🔑 key
💡 idea bulb
🔧 wrench repair
🧪 test tube
💰 money
🛒 cart shop
📦 package
✉️ letter mail
🔋 battery
🔌 plug cable
`;export{e as default};