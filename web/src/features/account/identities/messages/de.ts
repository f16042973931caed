import type identities from './en';
import type { Translation } from '../../../../i18n/format';

export default {
  'identities.or': 'Oder',
  'identities.with': 'Weiter mit {name}',
  'identities.only': 'Melde dich mit einem dieser Dienste an.',
  'identities.unavailable': 'Die anderen Wege zur Anmeldung konnten nicht geladen werden.',
  'identities.title': 'Verknüpfte Anmeldungen',
  'identities.intro': 'Mit diesen Diensten kannst du dich bei deinem Konto anmelden.',
  'identities.link': '{name} verknüpfen',
  'identities.linked': 'Die Anmeldung ist verknüpft. Du kannst sie ab jetzt verwenden.',
  'identities.since': 'Verknüpft am {date}, zuletzt verwendet {when}',
  'identities.unlink': 'Trennen',
  'identities.unlinkOne': '{name} trennen',
  'identities.unlinkTitle': '{name} trennen?',
  'identities.unlinkText': 'Du kannst dich dann nicht mehr damit anmelden. Alle anderen Geräte werden abgemeldet.',
  'identities.unlinked': '{name} ist getrennt.',
  'identities.onlyWay': 'Dein einziger Weg zur Anmeldung',
  'identities.gone': 'Dieser Dienst wird hier nicht mehr angeboten.',
  'identities.noPassword':
    'Dein Konto hat kein Passwort. Bestätige Änderungen, indem du dich noch einmal anmeldest, oder lege hier ein Passwort fest.',
  'identities.setPassword': 'Passwort festlegen',
  'identities.passwordSet': 'Dein Passwort ist festgelegt. Du kannst dich auch damit anmelden.',
  'identities.error.identity_provider_away':
    'Der Anmeldedienst antwortet nicht. Versuche es später noch einmal, oder melde dich anders an.',
  'identities.error.sign_in_denied': 'Die Anmeldung wurde abgebrochen.',
  'identities.error.attempt_over': 'Diese Anmeldung hat zu lange gedauert oder wurde in einem anderen Tab begonnen. Fang noch einmal an.',
  'identities.error.no_account':
    'Mit dieser Anmeldung ist kein Konto verknüpft. Melde dich anders an, und verknüpfe sie dann in deinen Einstellungen.',
  'identities.error.address_in_use':
    'Ein Konto hat deine E-Mail-Adresse schon. Melde dich dort anders an, und verknüpfe diese Anmeldung dann in deinen Einstellungen.',
  'identities.error.no_address': 'Der Anmeldedienst hat keine brauchbare E-Mail-Adresse genannt. Erstelle auf andere Weise ein Konto.',
  'identities.error.identity_taken': 'Diese Anmeldung ist mit einem anderen Konto verknüpft, oder deines dort mit einer anderen.',
  'identities.error.account_suspended': 'Dieses Konto ist gesperrt.',
  'identities.error.other': 'Der Anmeldedienst hat nicht bestätigt, wer du bist. Fang noch einmal an.',
} satisfies Translation<typeof identities>;
