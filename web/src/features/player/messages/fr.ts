import type player from './en';
import type { Translation } from '../../../i18n/format';

export default {
  'player.full': 'À l’écoute',
  'player.full.view': 'Afficher',
  'player.full.cover': 'Pochette',
  'player.full.lyrics': 'Paroles',
  'player.lyrics.none': 'Ce titre n’a pas de paroles.',
  'player.lyrics.failed': 'Les paroles n’ont pas pu être chargées.',
  'player.lyrics.from': 'Lire à partir de {time}',
  'player.elsewhere': 'La lecture se poursuit sur un autre appareil.',
  'player.resume.label': 'Reprendre l’écoute',
  'player.resume.from': 'Depuis {device}',
  'player.resume.here': 'Continuer ici',
  'player.sleep.title': 'Minuterie de sommeil',
  'player.sleep.off': 'Désactivée',
  'player.sleep.track': 'À la fin de ce titre',
  'player.sleep.queue': 'À la fin de la file d’attente',
  'player.sleep.left': 'La musique s’arrête dans {time}',
  'player.sleep.leftTrack': 'La musique s’arrête après ce titre',
  'player.sleep.leftQueue': 'La musique s’arrête après la file d’attente',
  'player.comment.at': 'Commentaire à {time}',
  'player.comment.field': 'Ton commentaire',
  'player.comment.send': 'Envoyer',
  'player.comment.sent': 'Ton commentaire est placé à {time}.',
  'player.comment.signIn': 'Connecte-toi pour commenter',
  'player.sleep.minutes': { one: '{count} minute', many: '{count} minutes', other: '{count} minutes' },
} satisfies Translation<typeof player>;
