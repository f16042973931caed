/** Parts in 10,000: as they are typed in percent, and what they are of a price. Without floating point. */

import type { Schemas } from '../../../api/client';

export type Splits = Schemas['Splits'];
export type Proposal = Schemas['SplitProposal'];
export type Part = Schemas['SplitPart'];
export type Person = Schemas['NamedMember'];

export const WHOLE = 10_000;

/** A price of a product or release. */
export interface Price {
  cents: number;
  currency: string;
}

/** What is split: what a product or a release earns, or a profile by tips and memberships. */
export interface Target {
  kind: 'products' | 'releases' | 'profiles';
  id: string;
}

/** The terms of a sale: fee, whether it is split, and whether the owner has a payout account. */
export interface Terms {
  feeRate: number;
  isDivided: boolean;
  isConnected: boolean;
}

/** A row of the form. */
export interface Row {
  person: Person;
  text: string;
}

/** A part beside what it was before. */
export interface Change {
  person: Person | null;
  before: number;
  after: number;
}

/** Return what a row of a member's list is of. */
export function targetOf({ product_id, release_id, profile_id }: Schemas['OwnSplit']): Target {
  if (product_id !== null) return { kind: 'products', id: product_id };
  return release_id !== null ? { kind: 'releases', id: release_id } : { kind: 'profiles', id: profile_id ?? '' };
}

/** Return how many of 10,000 a text in percent is, such as `33.3` or `33,30`, or null if it is none. */
export function parsePercent(text: string): number | null {
  const found = /^(\d{1,3})(?:[.,](\d{1,2}))?$/.exec(text.replace(/[\s%\u00a0\u202f]/g, ''));
  if (!found) return null;
  const parts = Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'));
  return parts >= 1 && parts <= WHOLE ? parts : null;
}

/** Return a part as it is typed: `33.30`, or `33,30` where a comma is written. */
export function writePercent(parts: number, language: string): string {
  return new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(parts / 100);
}

/** Return a part as it is shown: `33.30%`. */
export function formatPercent(parts: number, language: string): string {
  const format = new Intl.NumberFormat(language, { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 });
  return format.format(parts / WHOLE);
}

/** Return the sum of rows; null stands for what is no part. */
export function sumOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { text }) => sum + (parsePercent(text) ?? 0), 0);
}

/** Return equal parts, of which the first ones have what remains. */
export function equalParts(count: number): number[] {
  const [least, more] = [Math.floor(WHOLE / count), WHOLE % count];
  return Array.from({ length: count }, (_, index) => least + (index < more ? 1 : 0));
}

/** Return what is left of a price after the fee, as the server rounds it: to a cent, a half to the even one. */
export function netOf(cents: number, feeRate: number): number {
  // The rate as a whole number of millionths.
  const [product, unit] = [cents * Math.round(feeRate * 1e6), 1e6];
  const [whole, rest] = [Math.floor(product / unit), product % unit];
  const isUp = rest * 2 > unit || (rest * 2 === unit && whole % 2 === 1);
  return cents - (whole + (isUp ? 1 : 0));
}

/** Return the amounts of parts, by the largest remainders, equal ones in their order: as the server divides. */
export function divide(cents: number, parts: readonly number[]): number[] {
  const amounts = parts.map((each) => Math.floor((cents * each) / WHOLE));
  const byLoss = parts.map((each, index) => ({ index, loss: (cents * each) % WHOLE })).sort((a, b) => b.loss - a.loss);
  const left = cents - amounts.reduce((sum, each) => sum + each, 0);
  for (const { index } of byLoss.slice(0, Math.max(0, left))) amounts[index] = (amounts[index] ?? 0) + 1;
  return amounts;
}

/** Return all who have a part before or after a change, those of after first. */
export function compare(before: readonly Part[], after: readonly Part[]): Change[] {
  const partOf = (parts: readonly Part[], id: string | null): number => parts.find((each) => each.profile_id === id)?.parts_per_10000 ?? 0;
  const gone = before.filter((each) => !after.some((one) => one.profile_id === each.profile_id));
  return [...after, ...gone].map(({ profile_id, profile }) => ({
    person: profile,
    before: partOf(before, profile_id),
    after: partOf(after, profile_id),
  }));
}
