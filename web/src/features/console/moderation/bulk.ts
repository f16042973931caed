/** Actions on many members or reports. */

/** The reasons for which some are left out. */
export const REASONS = [
  'not_found',
  'admin',
  'yourself',
  'awaiting_approval',
  'already_suspended',
  'not_suspended',
  'already_resolved',
  'about_you',
] as const;

/** Return the ids in a text: whatever stands between them. */
export function idsIn(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [])];
}
