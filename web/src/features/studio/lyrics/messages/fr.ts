import type { Translation } from '../../../../i18n/format';
import type english from './en';

export default {
  'lyrics.title': 'Paroles',
  'lyrics.view': 'Afficher',
  'lyrics.view.text': 'Texte',
  'lyrics.view.timing': 'Minutage',
  'lyrics.view.preview': 'Aperçu',
  'lyrics.text': 'Les paroles, ligne par ligne',
  'lyrics.empty': 'Écris d’abord les paroles. Lance ensuite le morceau et touche le bouton au début de chaque ligne.',
  'lyrics.tooMany': 'Des paroles ont au plus {count} lignes.',
  'lyrics.complete': 'Toutes les lignes sont minutées : on peut les suivre à l’écoute.',
  'lyrics.untimed': {
    one: '{count} ligne n’est pas encore minutée. D’ici là, seul le texte est affiché.',
    many: '{count} lignes ne sont pas encore minutées. D’ici là, seul le texte est affiché.',
    other: '{count} lignes ne sont pas encore minutées. D’ici là, seul le texte est affiché.',
  },
  'lyrics.early': {
    one: '{count} ligne commence avant une ligne plus haut.',
    many: '{count} lignes commencent avant une ligne plus haut.',
    other: '{count} lignes commencent avant une ligne plus haut.',
  },
  'lyrics.discard': 'Annuler les changements',
  'lyrics.deleted': 'Les paroles ont été supprimées.',
  'lyrics.start': 'Lancer et marquer les lignes',
  'lyrics.tap': 'La ligne commence',
  'lyrics.end': 'Toutes les lignes sont passées.',
  'lyrics.back': { one: '{count} s en arrière', many: '{count} s en arrière', other: '{count} s en arrière' },
  'lyrics.all': 'Toutes les lignes',
  'lyrics.allEarlier': 'Toutes les lignes plus tôt',
  'lyrics.allLater': 'Toutes les lignes plus tard',
  'lyrics.from': 'Écouter à partir de {time}',
  'lyrics.choose': 'Prochaine ligne à minuter : {line}',
  'lyrics.earlier': 'Plus tôt : {line}',
  'lyrics.later': 'Plus tard : {line}',
  'lyrics.clear': 'Sans minutage : {line}',
  'lyrics.break': 'Pause',
} satisfies Translation<typeof english>;
