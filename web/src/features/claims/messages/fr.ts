import type claims from './en';
import type { Translation } from '../../../i18n/format';

export default {
  'claim.title': 'Revendiquer une page',
  'claim.text': '{label} a créé la page de {name}. Si c’est toi, ou si tu agis pour cet artiste, reprends-la.',
  'claim.effect.own': 'La page et tout ce qu’elle a publié sont à toi.',
  'claim.effect.label':
    '{label} ne la gère plus. Ce qui est convenu pour ses sorties reste, et elle reste au label jusqu’à ce que tu y mettes fin.',
  'claim.effect.money': 'Ce qu’elle a rapporté a été gardé pour toi.',
  'claim.submit': 'Revendiquer cette page',
  'claim.look': 'Voir la page',
  'claim.as': 'Tu la revendiques en tant que @{name}.',
  'claim.signIn': 'Connecte-toi ou crée un compte, avec n’importe quelle adresse. Tu reviens ici.',
  'claim.until': 'Ce lien marche une fois, jusqu’au {date}, pour quiconque l’a.',
  'claim.done': '{name} est à toi maintenant.',
  'claim.tooMany': 'Ce compte possède autant de pages que permis.',
  'claim.gone.title': 'Ce lien ne marche plus',
  'claim.gone.text': 'La page a été revendiquée, ou le lien a expiré. Demande-en un autre au label.',
} satisfies Translation<typeof claims>;
