/** The filters of the audit log. */

import { momentOf, textsOf } from '../address';

export const LOGS = ['admin', 'members'] as const;

export type AuditFilters = Partial<Record<'user_id' | 'action' | 'resource' | 'ip' | 'request_id' | 'from' | 'to', string>> & {
  log?: (typeof LOGS)[number];
  status?: number;
};

/** Return the filters that an address asks for, as the API takes them. Moments are local times. */
export function auditFiltersOf(query: URLSearchParams): AuditFilters {
  const log = LOGS.find((each) => each === query.get('log'));
  const status = Number(query.get('status'));
  const [from, to] = [momentOf(query.get('from') ?? ''), momentOf(query.get('to') ?? '')];
  return {
    ...textsOf(query, ['user_id', 'action', 'resource', 'ip', 'request_id']),
    ...(log ? { log } : {}),
    ...(status > 0 ? { status } : {}),
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
  };
}
