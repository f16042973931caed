import type identities from './en';
import type { Translation } from '../../../../i18n/format';

export default {
  'identities.or': 'Ou',
  'identities.with': 'Continuer avec {name}',
  'identities.only': 'Connecte-toi avec l’un de ces services.',
  'identities.unavailable': 'Les autres moyens de connexion n’ont pas pu être chargés.',
  'identities.title': 'Connexions liées',
  'identities.intro': 'Tu peux te connecter à ton compte avec ces services.',
  'identities.link': 'Lier {name}',
  'identities.linked': 'La connexion est liée. Tu peux l’utiliser dès maintenant.',
  'identities.since': 'Liée le {date}, dernière utilisation {when}',
  'identities.unlink': 'Délier',
  'identities.unlinkOne': 'Délier {name}',
  'identities.unlinkTitle': 'Délier {name} ?',
  'identities.unlinkText': 'Tu ne pourras plus te connecter avec. Tous les autres appareils seront déconnectés.',
  'identities.unlinked': '{name} est délié.',
  'identities.onlyWay': 'Ton seul moyen de connexion',
  'identities.gone': 'Ce service n’est plus proposé ici.',
  'identities.noPassword':
    'Ton compte n’a pas de mot de passe. Confirme les changements en te reconnectant, ou définis un mot de passe ici.',
  'identities.setPassword': 'Définir un mot de passe',
  'identities.passwordSet': 'Ton mot de passe est défini. Tu peux aussi te connecter avec.',
  'identities.error.identity_provider_away': 'Le service de connexion ne répond pas. Réessaie plus tard, ou connecte-toi autrement.',
  'identities.error.sign_in_denied': 'La connexion a été annulée.',
  'identities.error.attempt_over': 'Cette connexion a pris trop de temps ou a commencé dans un autre onglet. Recommence.',
  'identities.error.no_account': 'Aucun compte n’est lié à cette connexion. Connecte-toi autrement, puis lie-la dans tes réglages.',
  'identities.error.address_in_use':
    'Un compte a déjà ton adresse e-mail. Connecte-toi à ce compte autrement, puis lie cette connexion dans tes réglages.',
  'identities.error.no_address': 'Le service de connexion n’a donné aucune adresse e-mail utilisable. Crée un compte autrement.',
  'identities.error.identity_taken': 'Cette connexion est liée à un autre compte, ou le tien à une autre de ce service.',
  'identities.error.account_suspended': 'Ce compte est suspendu.',
  'identities.error.other': 'Le service de connexion n’a pas confirmé qui tu es. Recommence.',
} satisfies Translation<typeof identities>;
