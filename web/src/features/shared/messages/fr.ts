import type shared from './en';
import type { Translation } from '../../../i18n/format';

export default {
  'shared.title': 'Un fichier partagé',
  'shared.about': '{size}, disponible jusqu’au {time}',
  'shared.password': 'Mot de passe',
  'shared.protected': 'Ce fichier a un mot de passe. La personne qui t’a envoyé le lien le connaît.',
  'shared.open': 'Ouvrir',
  'shared.download': 'Télécharger',
  'shared.gone.title': 'Ce lien ne fonctionne plus',
  'shared.gone.text': 'Il a expiré ou a été révoqué. Demandes-en un autre à la personne qui l’a envoyé.',
  'shared.wrong': 'Le mot de passe est faux : vérifie-le et réessaie.',
} satisfies Translation<typeof shared>;
