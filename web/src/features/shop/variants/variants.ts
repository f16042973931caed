/** Variants of a product: each is bought like a product with its own title and price. */

import type { Schemas } from '../../../api/client';
import { formatNumber } from '../../../i18n/format';
import type { Key, Language } from '../../../i18n/index.svelte';
import type { Product } from '../checkout/cart';

export type Variant = Schemas['Variant'];

/** The words of terms, as `t` returns them. */
type Say = (key: Key, values?: Record<string, string | number>) => string;

/** What is shown of terms, for what is offered and for what was sold. */
export type Terms = Pick<Variant, 'kind' | 'terms' | 'credit_line' | 'clauses'>;

/** Return a product as one of its variants is bought. */
export function asVariant<P extends Product>(product: P, variant: Variant): P {
  const { title, price_cents, id } = variant;
  return { ...product, title: `${product.title} – ${title}`, price_cents, prices: [], has_variants: false, variantId: id };
}

/** Return what a licence allows, as labels and values. */
export function listTerms({ terms, credit_line }: Terms, language: Language, t: Say): { label: string; value: string }[] {
  const most = (count: number | null | undefined): string =>
    count === null || count === undefined ? t('variant.noLimit') : t('variant.atMost', { count: formatNumber(count, language) });
  const may = (isAllowed: boolean | undefined): string => t(isAllowed ? 'variant.allowed' : 'variant.notIncluded');
  return [
    { label: t('variant.streams'), value: most(terms.max_streams) },
    { label: t('variant.copies'), value: most(terms.max_copies) },
    {
      label: t('variant.duration'),
      value: terms.years ? t('variant.years', { count: terms.years }) : t('variant.noLimit'),
    },
    { label: t('variant.performance'), value: may(terms.may_perform) },
    { label: t('variant.video'), value: may(terms.may_use_in_video) },
    { label: t('variant.broadcast'), value: may(terms.may_broadcast) },
    ...(credit_line ? [{ label: t('variant.credit'), value: credit_line }] : []),
  ];
}
