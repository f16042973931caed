/** Variants as a form has them and as the API takes them. */

import type { Schemas } from '../../../../api/client';
import { parseAmount, writeAmount } from '../../../shop/products/amounts';

export type Variant = Schemas['Variant'];
export type VariantForm = Schemas['VariantForm'];
export type VariantKind = Schemas['VariantKind'];

export const KINDS: readonly VariantKind[] = ['lease', 'stems', 'unlimited', 'exclusive'];
export const MAX_VARIANTS = 6;
const MAX_COUNT = 1_000_000_000;
const MAX_YEARS = 100;

export interface VariantDraft {
  id: string | null;
  kind: VariantKind;
  title: string;
  price: string;
  fileIds: string[];
  includesContents: boolean;
  /** Empty for no limit, as in the others. */
  streams: string;
  copies: string;
  years: string;
  mayPerform: boolean;
  mayUseInVideo: boolean;
  mayBroadcast: boolean;
  credit: string;
  clauses: string;
}

/** Return the form of a variant. */
export function draftOf(variant: Variant, currency: string, language: string): VariantDraft {
  const { id, kind, title, terms, clauses } = variant;
  return {
    id,
    kind,
    title,
    price: writeAmount(variant.price_cents, currency, language),
    fileIds: [...variant.file_ids],
    includesContents: variant.includes_contents,
    streams: String(terms.max_streams ?? ''),
    copies: String(terms.max_copies ?? ''),
    years: String(terms.years ?? ''),
    mayPerform: terms.may_perform ?? false,
    mayUseInVideo: terms.may_use_in_video ?? false,
    mayBroadcast: terms.may_broadcast ?? false,
    credit: variant.credit_line,
    clauses,
  };
}

/** Return the form of a new variant with what is usual for the next kind. */
export function newDraft(kind: VariantKind, title: string, fileIds: readonly string[]): VariantDraft {
  const isLimited = kind === 'lease' || kind === 'stems';
  return {
    id: null,
    kind,
    title,
    price: '',
    fileIds: [...fileIds],
    includesContents: false,
    streams: isLimited ? '100000' : '',
    copies: isLimited ? '2000' : '',
    years: isLimited ? '5' : '',
    mayPerform: true,
    mayUseInVideo: true,
    mayBroadcast: !isLimited,
    credit: '',
    clauses: '',
  };
}

/** Return the next kind that a product has not yet. */
export function nextKind(drafts: readonly VariantDraft[]): VariantKind {
  return KINDS.find((kind) => !drafts.some((draft) => draft.kind === kind)) ?? 'lease';
}

/** Return a typed limit: null for none, undefined if it is no whole number from 1 on. */
export function readLimit(text: string, most = MAX_COUNT): number | null | undefined {
  const typed = text.replace(/[\s.,'’]/g, '');
  if (typed === '') return null;
  const count = /^\d{1,10}$/.test(typed) ? Number(typed) : 0;
  return count >= 1 && count <= most ? count : undefined;
}

export type Wrong = 'title' | 'price' | 'files' | 'streams' | 'copies' | 'years';

/** Return the first field of a draft that is wrong, or null. */
export function findWrong(draft: VariantDraft, currency: string): Wrong | null {
  if (draft.title.trim() === '') return 'title';
  if (parseAmount(draft.price, currency) === null) return 'price';
  if (draft.fileIds.length === 0 && !draft.includesContents) return 'files';
  if (readLimit(draft.streams) === undefined) return 'streams';
  if (readLimit(draft.copies) === undefined) return 'copies';
  return readLimit(draft.years, MAX_YEARS) === undefined ? 'years' : null;
}

/** Return what a draft without wrong fields asks for. */
export function formOf(draft: VariantDraft, currency: string): VariantForm {
  return {
    id: draft.id,
    kind: draft.kind,
    title: draft.title.trim(),
    price_cents: parseAmount(draft.price, currency) ?? 0,
    file_ids: draft.fileIds,
    includes_contents: draft.includesContents,
    terms: {
      max_streams: readLimit(draft.streams) ?? null,
      max_copies: readLimit(draft.copies) ?? null,
      years: readLimit(draft.years, MAX_YEARS) ?? null,
      may_perform: draft.mayPerform,
      may_use_in_video: draft.mayUseInVideo,
      may_broadcast: draft.mayBroadcast,
    },
    credit_line: draft.credit.trim(),
    clauses: draft.clauses.trim(),
  };
}
