/**
 * What browsers refuse themselves, such as an empty field that is required, is said by the page: beside the field, in
 * the reader's language, and as long as it is so. Browsers would say it in a bubble, in their own words.
 */

import { t } from '../i18n/index.svelte';

/** The parts of a field that decide what is said. */
export interface Control {
  readonly type: string;
  readonly title: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly min?: string;
  readonly max?: string;
  readonly validity: Partial<ValidityState>;
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Return a sentence about why a field is refused. */
export function sentenceOf({ type, title, minLength, maxLength, min, max, validity }: Control): string {
  const isNumber = type === 'number';
  if (validity.badInput) return t(isNumber ? 'field.not_a_number' : 'field.date');
  if (validity.valueMissing) return t('field.missing');
  if (validity.typeMismatch) return t(type === 'email' ? 'field.not_an_email' : 'field.not_a_url');
  if (validity.tooShort) return t('field.too_short', { limit: minLength ?? 0 });
  if (validity.tooLong) return t('field.too_long', { limit: maxLength ?? 0 });
  if (validity.rangeUnderflow) return isNumber ? t('field.too_small', { limit: Number(min) }) : t('field.too_early');
  if (validity.rangeOverflow) return isNumber ? t('field.too_large', { limit: Number(max) }) : t('field.too_late');
  return title || t('field.pattern');
}

const said = new WeakMap<Field, { hint: HTMLElement; describedBy: string | null }>();
let count = 0;
let isFocused = false;

/** Say what is refused beside each field, from now on. */
export function startValidity(): void {
  document.addEventListener('invalid', ({ target }) => isField(target) && refuse(target), true);
  for (const kind of ['input', 'change'])
    document.addEventListener(kind, ({ target }) => isField(target) && said.has(target) && target.validity.valid && accept(target), true);
  addEventListener('invalid', (event) => event.preventDefault(), true);
}

function isField(target: EventTarget | null): target is Field {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement;
}

function refuse(field: Field): void {
  let hint = said.get(field)?.hint;
  if (!hint) {
    hint = document.createElement('span');
    hint.id = `refused-${String(++count)}`;
    hint.className = 'hint bad block';
    hint.setAttribute('role', 'alert');
    (field.closest('.field') ?? field.parentElement)?.append(hint);
    said.set(field, { hint, describedBy: field.getAttribute('aria-describedby') });
  }
  hint.textContent = sentenceOf(field);
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', hint.id);
  // Browsers tell of all fields at once, in their order.
  if (isFocused) return;
  isFocused = true;
  field.focus();
  queueMicrotask(() => (isFocused = false));
}

function accept(field: Field): void {
  const { hint, describedBy } = said.get(field) ?? {};
  said.delete(field);
  hint?.remove();
  field.removeAttribute('aria-invalid');
  if (describedBy) field.setAttribute('aria-describedby', describedBy);
  else field.removeAttribute('aria-describedby');
}
