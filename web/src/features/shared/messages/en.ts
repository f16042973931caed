export default {
  'shared.title': 'A shared file',
  'shared.about': '{size}, available until {time}',
  'shared.password': 'Password',
  'shared.protected': 'This file has a password. Who sent you the link knows it.',
  'shared.open': 'Open',
  'shared.download': 'Download',
  'shared.gone.title': 'This link does not work any more',
  'shared.gone.text': 'It has expired or was revoked. Ask who sent it for another one.',
  'shared.wrong': 'The password is wrong: check it, and try again.',
} as const;
