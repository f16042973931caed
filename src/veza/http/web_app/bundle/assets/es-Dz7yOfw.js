var e=`
😀 sonrisa feliz
😃 sonreír alegre
😄 reír alegre
😁 radiante dientes
😅 sudor alivio
😂 lágrimas risa
🤣 carcajada risa
😊 sonrojo sonrisa
🙂 leve sonrisa
🙃 al revés
😉 guiño
😌 aliviado calma
😍 amor ojos
🥰 adorar corazones
😘 beso
😋 rico sabroso
😛 lengua
😜 loco guiño
🤪 chiflado loco
🤨 duda ceja
🧐 examinar monóculo
🤓 empollón nerd
😎 genial gafas
🤩 estrellas asombro
🥳 fiesta celebrar
😏 pícaro
😒 aburrido
😔 pensativo triste
😕 confuso
🙁 triste
😢 llorar lágrima
😭 llanto llorar
😤 resoplar
😠 enfadado
😡 furia enfado
🤬 insulto
🤯 mente explota
😳 sonrojado
🥵 calor
🥶 frío
😱 grito miedo
😨 miedo
😥 decepcionado
🤗 abrazo
🤔 pensar
🤭 risita
🤫 silencio
🤐 secreto cremallera
😐 neutral
😶 sin palabras
😬 mueca
🙄 ojos en blanco
😴 dormir
🤤 babear
😷 mascarilla enfermo
🤒 fiebre enfermo
🤕 herido
🤢 náusea
🥴 mareado
🥺 súplica
😇 ángel
🤠 vaquero
🤡 payaso
👻 fantasma
💀 calavera
👽 alienígena
🤖 robot
💩 caca
👋 saludo hola
👍 pulgar sí
👎 pulgar abajo no
👏 aplauso bravo
🙌 manos arriba bravo
🙏 gracias rezar
🤝 apretón trato
✌️ victoria paz
🤞 dedos cruzados suerte
🤟 te quiero
🤘 rock cuernos
👌 ok perfecto
🤌 dedos juntos
👉 derecha dedo
👈 izquierda dedo
👆 arriba dedo
👇 abajo dedo
✋ alto mano
💪 fuerte músculo
👂 oreja escuchar
👀 ojos mirar
🧠 cerebro
🗣️ hablar voz
💃 baile mujer
🕺 baile hombre
🤷 encogerse
🤦 palmada frente
🧑‍🎤 cantante
🧑‍💻 ordenador trabajo
👨‍👩‍👧 familia
👶 bebé
❤️ corazón rojo amor
🧡 corazón naranja
💛 corazón amarillo
💚 corazón verde
💙 corazón azul
💜 corazón morado
🖤 corazón negro
🤍 corazón blanco
💔 corazón roto
💕 dos corazones
💖 corazón brillante
💯 cien perfecto
✨ destellos
⭐ estrella
🌟 estrella brillante
🔥 fuego
💥 explosión
💫 mareo estrella
💤 zzz sueño
💬 bocadillo
❓ pregunta
❗ exclamación
✅ hecho marca
❌ cruz no
⚠️ aviso
♻️ reciclar
🎵 nota música
🎶 notas música
🎼 partitura
🎤 micrófono cantar
🎧 auriculares escuchar
🎷 saxofón
🎸 guitarra
🎹 piano teclado
🎺 trompeta
🎻 violín
🪕 banjo
🥁 tambor batería
🪘 tambor largo
🪗 acordeón
🎛️ mandos mezclador
🎚️ deslizador
📻 radio
🔊 alto altavoz
🔉 altavoz
🔇 silencio
💿 disco cd
📼 casete cinta
🎙️ micrófono estudio
🔔 campana
🪩 bola disco
🎟️ entrada
🎬 claqueta cine
🎨 arte pintura
🎭 teatro
🏆 trofeo victoria
🎉 fiesta confeti
🎊 confeti
🎁 regalo
🎂 tarta cumpleaños
🐶 perro
🐱 gato
🐭 ratón
🦊 zorro
🐻 oso
🐼 panda
🦁 león
🐸 rana
🐵 mono
🐔 gallina
🐦 pájaro
🦉 búho
🐺 lobo
🐝 abeja
🦋 mariposa
🐌 caracol
🐢 tortuga
🐙 pulpo
🐟 pez
🐳 ballena
🌱 brote
🌲 árbol
🌵 cactus
🍀 trébol suerte
🌸 flor cerezo
🌻 girasol
🌹 rosa
🍂 hojas otoño
🌍 tierra mundo
🌙 luna noche
☀️ sol
⛅ nube sol
🌧️ lluvia
⛈️ tormenta
❄️ nieve
🌈 arcoíris
🌊 ola mar
☕ café
🍵 té
🍺 cerveza
🍻 brindis cervezas
🍷 vino
🥂 brindis
🍕 pizza
🍔 hamburguesa
🍟 patatas
🍝 pasta
🍣 sushi
🥐 cruasán
🥨 pretzel
🍞 pan
🧀 queso
🍎 manzana
🍌 plátano
🍓 fresa
🍋 limón
🥑 aguacate
🌶️ chile picante
🍪 galleta
🍫 chocolate
🍿 palomitas
🍦 helado
🚗 coche
🚲 bicicleta
🚆 tren
✈️ avión
🚀 cohete
⛵ barco
🏠 casa
🏖️ playa
⛰️ montaña
🌃 noche ciudad
⚽ fútbol
🏀 baloncesto
🎮 juego
🎲 dado
📷 cámara foto
💻 portátil
📱 móvil teléfono
⏰ despertador hora
⏳ esperar reloj arena
📅 calendario fecha
📌 chincheta
📎 clip
✏️ lápiz escribir
📚 libros
🔗 enlace cadena
🔒 candado
🔑 llave
💡 idea bombilla
🔧 llave reparar
🧪 probeta prueba
💰 dinero
🛒 carrito compra
📦 paquete
✉️ carta correo
🔋 batería
🔌 enchufe cable
`;export{e as default};