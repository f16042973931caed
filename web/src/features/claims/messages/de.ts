import type claims from './en';
import type { Translation } from '../../../i18n/format';

export default {
  'claim.title': 'Eine Seite beanspruchen',
  'claim.text': '{label} hat die Seite von {name} angelegt. Wenn du das bist oder dafür handelst, übernimm sie.',
  'claim.effect.own': 'Die Seite und alles, was sie veröffentlicht hat, gehören dir.',
  'claim.effect.label':
    '{label} führt sie nicht mehr. Was für ihre Veröffentlichungen vereinbart ist, bleibt, und sie bleibt beim Label, bis du das beendest.',
  'claim.effect.money': 'Was sie eingebracht hat, wurde für dich aufbewahrt.',
  'claim.submit': 'Diese Seite beanspruchen',
  'claim.look': 'Seite ansehen',
  'claim.as': 'Du beanspruchst sie als @{name}.',
  'claim.signIn': 'Melde dich an oder lege ein Konto an, mit einer beliebigen Adresse. Du kommst hierher zurück.',
  'claim.until': 'Dieser Link gilt einmal, bis {date}, für alle, die ihn haben.',
  'claim.done': '{name} gehört jetzt dir.',
  'claim.tooMany': 'Diesem Konto gehören so viele Seiten, wie erlaubt sind.',
  'claim.gone.title': 'Dieser Link gilt nicht mehr',
  'claim.gone.text': 'Die Seite wurde beansprucht, oder der Link ist abgelaufen. Bitte das Label um einen neuen.',
} satisfies Translation<typeof claims>;
