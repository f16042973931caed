export default {
  'claim.title': 'Claim a page',
  'claim.text': '{label} has made the page of {name}. If that is you, or you act for them, take it over.',
  'claim.effect.own': 'The page and all that it has published are yours.',
  'claim.effect.label':
    '{label} does not run it any more. What is agreed for its releases stays, and it stays on the roster until you end that.',
  'claim.effect.money': 'What it has earned was kept for you.',
  'claim.submit': 'Claim this page',
  'claim.look': 'See the page',
  'claim.as': 'You claim it as @{name}.',
  'claim.signIn': 'Sign in or create an account, with any address. You come back here.',
  'claim.until': 'This link works once, until {date}, for everybody who has it.',
  'claim.done': '{name} is yours now.',
  'claim.tooMany': 'This account owns as many pages as it may.',
  'claim.gone.title': 'This link does not work any more',
  'claim.gone.text': 'The page was claimed, or the link has expired. Ask the label for another one.',
} as const;
