/** The few messages of the embedded player, in the language of the browser. */

const en = {
  play: 'Play',
  pause: 'Pause',
  position: 'Position',
  of: '{position} of {duration}',
  tracks: 'Tracks',
  open: 'Open on Veza',
  missing: 'This can’t be played any more.',
  busy: 'This can’t be played at the moment. Try again later.',
  failed: 'This track can’t be played.',
  playing: 'Playing {title} by {artist}',
  explicit: 'Explicit',
};
type Messages = Record<keyof typeof en, string>;

export const languages: Record<'en' | 'de' | 'fr' | 'es', Messages> = {
  en,
  de: {
    play: 'Abspielen',
    pause: 'Pause',
    position: 'Position',
    of: '{position} von {duration}',
    tracks: 'Titel',
    open: 'Auf Veza öffnen',
    missing: 'Das kann nicht mehr abgespielt werden.',
    busy: 'Das kann gerade nicht abgespielt werden. Versuch es später noch einmal.',
    failed: 'Dieser Titel kann nicht abgespielt werden.',
    playing: '{title} von {artist} läuft',
    explicit: 'Anstößiger Text',
  },
  fr: {
    play: 'Lire',
    pause: 'Pause',
    position: 'Position',
    of: '{position} sur {duration}',
    tracks: 'Titres',
    open: 'Ouvrir sur Veza',
    missing: 'Ce contenu ne peut plus être lu.',
    busy: 'Lecture impossible pour le moment. Réessayez plus tard.',
    failed: 'Ce titre ne peut pas être lu.',
    playing: 'Lecture de {title} par {artist}',
    explicit: 'Explicite',
  },
  es: {
    play: 'Reproducir',
    pause: 'Pausar',
    position: 'Posición',
    of: '{position} de {duration}',
    tracks: 'Pistas',
    open: 'Abrir en Veza',
    missing: 'Esto ya no se puede reproducir.',
    busy: 'Ahora no se puede reproducir. Inténtalo más tarde.',
    failed: 'Esta pista no se puede reproducir.',
    playing: 'Suena {title} de {artist}',
    explicit: 'Explícito',
  },
};

/** Return the first of some languages that there are messages for; English if there is none. */
export function choose(wanted: readonly string[]): keyof typeof languages {
  const known = wanted.map((each) => each.slice(0, 2).toLowerCase());
  return known.find((each): each is keyof typeof languages => Object.hasOwn(languages, each)) ?? 'en';
}

/** Put values in the places of a message that name them. */
export function fill(message: string, values: Readonly<Record<string, string>>): string {
  return message.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}
