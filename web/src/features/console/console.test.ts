import { expect, test } from 'vitest';
import { domainsIn, placeOfDomain, stateOfInvitation } from './admission/admission';
import { addressWith, choiceOf, momentOf, pageOf, rowsOf } from './address';
import { auditFiltersOf } from './system/audit';
import { filtersOf } from './members/members';
import { type Report, evidenceOf, neighbourOf, placeOf, titleOf } from './reports/reports';
import { groupsOf, sectionOf } from './sections';

const query = (text: string): URLSearchParams => new URLSearchParams(text);

test('a changed filter leads to the first page, and empty parameters are left out', () => {
  expect(addressWith('/console/jobs', query('status=failed&page=3'), { status: 'waiting' })).toBe('/console/jobs?status=waiting');
  expect(addressWith('/console/jobs', query('status=failed&page=3'), { page: '4' })).toBe('/console/jobs?status=failed&page=4');
  expect(addressWith('/console/jobs', query('q=a&cursor=x'), { q: '' })).toBe('/console/jobs');
});

test('an address that makes no sense asks for what holds without it', () => {
  for (const page of ['0', '-1', '1.5', 'x', '']) expect(pageOf(query(`page=${page}`))).toBe(1);
  expect(rowsOf(query('page=3'))).toEqual({ limit: 30, offset: 60 });
  expect(choiceOf(query('show=nothing'), 'show', ['flagged', 'all'], 'flagged')).toBe('flagged');
  expect(momentOf('yesterday')).toBeNull();
  expect(filtersOf(query('role=queen&state=gone&q=%20'))).toEqual({});
  expect(auditFiltersOf(query('status=many&log=none&from=x&action='))).toEqual({});
});

test('filters are what the API takes', () => {
  expect(filtersOf(query('q=ka&role=admin&state=suspended'))).toEqual({ q: 'ka', role: 'admin', suspended: true });
  expect(auditFiltersOf(query('status=403&log=admin&action=set_role'))).toEqual({ status: 403, log: 'admin', action: 'set_role' });
});

const report = (content_type: string, evidence: Record<string, unknown>): Report =>
  ({ content_type, content_id: 'id', evidence }) as Report;

test('a report is named by a title, a quoted text, or who it is about', () => {
  expect(titleOf(report('track', { title: 'Undertow', username: 'mira' }))).toBe('Undertow');
  expect(titleOf(report('message', { content: `a\n${'b'.repeat(80)}`, username: 'mira' }))).toBe(`“a ${'b'.repeat(58)}…”`);
  expect(titleOf(report('user', { username: 'mira', bio: '' }))).toBe('mira');
  expect(titleOf(report('user', {}))).toBe('');
});

test('a report leads to what it is about, as far as that has an address', () => {
  expect(placeOf(report('user', { username: 'mira' }))).toBe('/artists/mira');
  expect(placeOf(report('comment', { track_id: 't' }))).toBe('/tracks/t');
  expect(placeOf(report('release', {}))).toBe('/releases/id');
  expect(placeOf(report('message', {}))).toBeNull();
  expect(placeOf({ ...report('track', {}), content_id: null })).toBeNull();
});

test('only what says something is evidence', () => {
  expect(evidenceOf(report('track', { title: 'Undertow', username: 'mira', tags: ['a', 'b'], lyrics: null, genre: '' }))).toEqual([
    { field: 'title', text: 'Undertow' },
    { field: 'tags', text: 'a, b' },
  ]);
});

test('keys move within the list, and begin with its first report', () => {
  const list = [{ id: 'a' }, { id: 'b' }];
  expect([neighbourOf(list, null, 1), neighbourOf(list, 'a', 1), neighbourOf(list, 'b', 1), neighbourOf(list, 'a', -1)]).toEqual([
    'a',
    'b',
    'b',
    'a',
  ]);
  expect(neighbourOf([], null, 1)).toBeNull();
});

test('an invitation is used up, expired or open', () => {
  const now = Date.parse('2026-03-01T00:00:00Z');
  const invitation = { uses: 1, max_uses: 2, expires_at: '2026-03-01T00:00:01Z' };
  expect(stateOfInvitation(invitation, now)).toBe('open');
  expect(stateOfInvitation(invitation, now + 1000)).toBe('expired');
  expect(stateOfInvitation({ ...invitation, uses: 2 }, now + 1000)).toBe('used');
});

test('domains are read from a pasted list, each once, and a problem names its place', () => {
  expect(domainsIn(' mail.example\r\n\n@trash.example;a.example, mail.example\n')).toEqual(['mail.example', '@trash.example', 'a.example']);
  expect(domainsIn(' \n')).toEqual([]);
  expect([placeOfDomain('domains[12]'), placeOfDomain('domains'), placeOfDomain('rule')]).toEqual([12, null, null]);
});

test('moderators have reports, appeals, sign-ups, invitations and bulk actions alone, and members nothing', () => {
  expect(groupsOf('moderator').flatMap((group) => group.sections.map((each) => each.path))).toEqual([
    '/console',
    '/console/appeals',
    '/console/takedowns',
    '/console/copyright',
    '/console/sign-ups',
    '/console/invitations',
    '/console/bulk',
  ]);
  expect(groupsOf('creator')).toEqual([]);
  expect(groupsOf('admin').length).toBeGreaterThan(4);
  expect(sectionOf('/console/history/1')?.path).toBe('/console');
  expect(sectionOf('/console/members/1')?.path).toBe('/console/members');
  expect(sectionOf('/console/nothing')).toBeNull();
});
