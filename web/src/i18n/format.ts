/** Fills messages, and formats numbers, times and dates by language. */

/** A text with placeholders such as `{name}`, or one for each plural form of `count`. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Catalogue = Record<string, Message>;
/** The same keys in another language, each with plural forms where English has them. */
export type Translation<English> = {
  [K in keyof English]: English[K] extends string ? string : Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
};
export type Values = Readonly<Record<string, string | number>>;

const PLACEHOLDER = /\{(\w+)\}/g;

/** Return a message with its values. Numbers are written as the language writes them. */
export function format(message: Message, values: Values, language: string): string {
  const text = typeof message === 'string' ? message : pickForm(message, Number(values['count'] ?? 0), language);
  return text.replace(PLACEHOLDER, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? formatNumber(value, language) : value;
  });
}

function pickForm(forms: Partial<Record<Intl.LDMLPluralRule, string>>, count: number, language: string): string {
  return forms[pluralRules(language).select(count)] ?? forms.other ?? '';
}

/** Return the placeholders of a text, sorted. */
export function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map((found) => found[1] ?? ''))].sort();
}

/** Return a number with the separators of the language. */
export function formatNumber(value: number, language: string): string {
  return numberFormat(language).format(value);
}

/** Return a number with one digit after the point, as measured values are written. */
export function formatDecimal(value: number, language: string): string {
  return new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(value);
}

/** Return an amount of money, given in the smallest unit of its currency. */
export function formatMoney(minor: number, currency: string, language: string): string {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** Return minutes and seconds, such as 3:05 or 1:02:03. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${String(hours)}:${pad(minutes)}:${pad(whole % 60)}` : `${String(minutes)}:${pad(whole % 60)}`;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** Return how long ago something was, or its date if that is more than a week. */
export function formatAgo(iso: string, language: string, now = Date.now()): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds > 7 * 86_400) return formatDate(iso, language);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, size] of STEPS) if (seconds >= size) return relative.format(-Math.floor(seconds / size), unit);
  return relative.format(0, 'minute');
}

/** Return the time until something, such as “in 5 minutes”. */
export function formatIn(seconds: number, language: string): string {
  const relative = new Intl.RelativeTimeFormat(language);
  if (seconds < 90) return relative.format(Math.max(1, Math.ceil(seconds)), 'second');
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? relative.format(minutes, 'minute') : relative.format(Math.round(minutes / 60), 'hour');
}

/**
 * Return the language as it is written in the reader's region, which the browser names: days come before months in
 * most English ones. Without a region, or in one that does not know the language, it is the language alone.
 */
export function regional(language: string, preferred = navigator.languages[0] ?? ''): string {
  const { region } = preferred ? new Intl.Locale(preferred) : {};
  return region ? `${language}-${region}` : language;
}

/** Return a time of the day, with the date if that is not today. */
export function formatClock(at: Date, language: string, now = new Date()): string {
  const isToday = at.toDateString() === now.toDateString();
  return new Intl.DateTimeFormat(regional(language), isToday ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' }).format(
    at,
  );
}

/** Return a date in words. */
export function formatDate(iso: string, language: string): string {
  return new Intl.DateTimeFormat(regional(language), { dateStyle: 'medium' }).format(new Date(iso));
}

const rules = new Map<string, Intl.PluralRules>();
const numbers = new Map<string, Intl.NumberFormat>();

function pluralRules(language: string): Intl.PluralRules {
  let found = rules.get(language);
  if (!found) rules.set(language, (found = new Intl.PluralRules(language)));
  return found;
}

function numberFormat(language: string): Intl.NumberFormat {
  let found = numbers.get(language);
  if (!found) numbers.set(language, (found = new Intl.NumberFormat(language)));
  return found;
}
