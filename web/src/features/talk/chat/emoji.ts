/** Emoji by category, as the system draws them. Their words, by language, are loaded from `emoji`. */

import type { Language } from '../../../i18n/index.svelte';

export type GroupId = 'recent' | 'smileys' | 'people' | 'hearts' | 'music' | 'nature' | 'food' | 'things';

export interface EmojiGroup {
  id: GroupId;
  emoji: readonly string[];
}

export const GROUPS: readonly EmojiGroup[] = [
  {
    id: 'smileys',
    emoji: list(
      '😀 😃 😄 😁 😅 😂 🤣 😊 🙂 🙃 😉 😌 😍 🥰 😘 😋 😛 😜 🤪 🤨 🧐 🤓 😎 🤩 🥳 😏 😒 😔 😕 🙁 😢 😭 😤 😠 😡 🤬 🤯 😳 🥵 🥶 😱 😨 😥 🤗 🤔 🤭 🤫 🤐 😐 😶 😬 🙄 😴 🤤 😷 🤒 🤕 🤢 🥴 🥺 😇 🤠 🤡 👻 💀 👽 🤖 💩',
    ),
  },
  { id: 'people', emoji: list('👋 👍 👎 👏 🙌 🙏 🤝 ✌️ 🤞 🤟 🤘 👌 🤌 👉 👈 👆 👇 ✋ 💪 👂 👀 🧠 🗣️ 💃 🕺 🤷 🤦 🧑‍🎤 🧑‍💻 👨‍👩‍👧 👶') },
  { id: 'hearts', emoji: list('❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💔 💕 💖 💯 ✨ ⭐ 🌟 🔥 💥 💫 💤 💬 ❓ ❗ ✅ ❌ ⚠️ ♻️') },
  { id: 'music', emoji: list('🎵 🎶 🎼 🎤 🎧 🎷 🎸 🎹 🎺 🎻 🪕 🥁 🪘 🪗 🎛️ 🎚️ 📻 🔊 🔉 🔇 💿 📼 🎙️ 🔔 🪩 🎟️ 🎬 🎨 🎭 🏆 🎉 🎊 🎁 🎂') },
  {
    id: 'nature',
    emoji: list('🐶 🐱 🐭 🦊 🐻 🐼 🦁 🐸 🐵 🐔 🐦 🦉 🐺 🐝 🦋 🐌 🐢 🐙 🐟 🐳 🌱 🌲 🌵 🍀 🌸 🌻 🌹 🍂 🌍 🌙 ☀️ ⛅ 🌧️ ⛈️ ❄️ 🌈 🌊'),
  },
  { id: 'food', emoji: list('☕ 🍵 🍺 🍻 🍷 🥂 🍕 🍔 🍟 🍝 🍣 🥐 🥨 🍞 🧀 🍎 🍌 🍓 🍋 🥑 🌶️ 🍪 🍫 🍿 🍦') },
  {
    id: 'things',
    emoji: list('🚗 🚲 🚆 ✈️ 🚀 ⛵ 🏠 🏖️ ⛰️ 🌃 ⚽ 🏀 🎮 🎲 📷 💻 📱 ⏰ ⏳ 📅 📌 📎 ✏️ 📚 🔗 🔒 🔑 💡 🔧 🧪 💰 🛒 📦 ✉️ 🔋 🔌'),
  },
];

/** The name of an emoji, and all its words without accents. */
export type EmojiWords = ReadonlyMap<string, { name: string; folded: readonly string[] }>;

const files = import.meta.glob<{ default: string }>('./emoji/*.ts');
const RECENT = 'veza.emoji';
const MAX_RECENT = 16;

/** Return the words of all emoji in a language. */
export async function loadWords(chosen: Language): Promise<EmojiWords> {
  const file = await files[`./emoji/${chosen}.ts`]?.();
  return wordsOf(file?.default ?? '');
}

/** Return the words of a list with a line for each emoji. */
export function wordsOf(lines: string): EmojiWords {
  const entries = lines
    .trim()
    .split('\n')
    .map((line) => {
      const [emoji = '', ...words] = line.split(' ');
      return [emoji, { name: words.join(' '), folded: words.map(fold) }] as const;
    });
  return new Map(entries);
}

/** Return the emoji that have a word for each beginning that was typed, in the order of the groups. */
export function findEmoji(words: EmojiWords, typed: string): string[] {
  const beginnings = fold(typed).split(/\s+/).filter(Boolean);
  const all = GROUPS.flatMap((group) => group.emoji);
  return all.filter((emoji) => {
    const folded = words.get(emoji)?.folded ?? [];
    return beginnings.every((start) => folded.some((word) => word.startsWith(start)));
  });
}

/** Return the emoji that this browser used last. */
export function recentEmoji(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(RECENT) ?? '[]');
    return Array.isArray(stored) ? stored.filter((each) => typeof each === 'string').slice(0, MAX_RECENT) : [];
  } catch {
    return [];
  }
}

/** Remember that an emoji was used. */
export function rememberEmoji(emoji: string): void {
  const used = [emoji, ...recentEmoji().filter((each) => each !== emoji)].slice(0, MAX_RECENT);
  try {
    localStorage.setItem(RECENT, JSON.stringify(used));
  } catch {
    // No room, or no storage in this mode of the browser.
  }
}

function list(emoji: string): string[] {
  return emoji.split(' ');
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
