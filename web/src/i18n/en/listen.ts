export default {
  'home.title': 'Home',
  'home.new': 'New',
  'home.trending': 'Most played',
  'home.releases': 'New releases',
  'home.empty.title': 'Nothing to hear yet',
  'home.empty.text': 'The first track that a creator publishes appears here.',
  'track.plays': { one: '{count} play', other: '{count} plays' },
} as const;
