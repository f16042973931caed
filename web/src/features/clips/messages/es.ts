import type { Translation } from '../../../i18n/format';
import type en from './en';

export default {
  'clips.title': 'Clips',
  'clips.make': 'Clip',
  'clips.make.title': 'Hacer un clip',
  'clips.make.text': 'Los últimos segundos que has oído, para quienes pueden ver este directo.',
  'clips.name': 'Título',
  'clips.seconds': 'Duración',
  'clips.count': { one: '{count} segundo', many: '{count} segundos', other: '{count} segundos' },
  'clips.save': 'Hacerlo',
  'clips.made': 'El clip está hecho.',
  'clips.by': 'de {name}',
  'clips.of': 'Al directo',
  'clips.play': 'Clip: {title}',
  'clips.notPlayed': 'Este clip no se puede reproducir aquí.',
  'clips.closed': 'Nadie puede reproducir este clip ahora: la emisión es para otro público que entonces, o su repetición ya no es pública.',
  'clips.share': 'Compartir',
  'clips.delete': 'Borrar',
  'clips.delete.text': 'Desaparece enseguida para todos.',
  'clips.deleted': 'El clip está borrado.',
} satisfies Translation<typeof en>;
