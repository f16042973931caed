import { describe, expect, it } from 'vitest';
import {
  type Stream,
  elapsedOf,
  grouped,
  hasSegments,
  inOrder,
  lengthOf,
  markOf,
  phaseOf,
  qualitiesIn,
  secondsUntilNext,
  sourceOf,
  steadyUrl,
} from './streams';

const OWN = '/api/v1/live/streams/019a/hls/index.m3u8';

describe('phaseOf', () => {
  it('tells a stream without media from one that lost its encoder', () => {
    expect(phaseOf({ status: 'draft', is_live: false }, false)).toBe('planned');
    expect(phaseOf({ status: 'live', is_live: true }, true)).toBe('starting');
    expect(phaseOf({ status: 'live', is_live: true }, false)).toBe('live');
    expect(phaseOf({ status: 'live', is_live: false }, true)).toBe('interrupted');
    expect(phaseOf({ status: 'ended', is_live: false }, false)).toBe('ended');
    expect(phaseOf({ status: 'cancelled', is_live: false }, false)).toBe('cancelled');
  });

  it('asks again soon where a change is near, and never after the end', () => {
    expect(secondsUntilNext('ended')).toBeNull();
    expect(secondsUntilNext('cancelled')).toBeNull();
    expect(secondsUntilNext('interrupted')).toBeLessThan(secondsUntilNext('planned') ?? 0);
  });
});

describe('sourceOf', () => {
  it('plays media of this server under the address of the page', () => {
    expect(sourceOf(`https://veza.example${OWN}`, 'http://localhost:8080')).toBe(OWN);
  });

  it('keeps the address of a CDN', () => {
    expect(sourceOf('https://cdn.example/019a/index.m3u8', 'http://localhost')).toBe('https://cdn.example/019a/index.m3u8');
  });
});

describe('a playlist', () => {
  it('can be played once it names a segment', () => {
    expect(hasSegments('#EXTM3U\n#EXT-X-VERSION:3\n')).toBe(false);
    expect(hasSegments('#EXTM3U\n#EXTINF:1.000,\n0.ts\n')).toBe(true);
  });

  it('that names qualities has their addresses, with the ticket', () => {
    const master =
      '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5\nindex.m3u8?ticket=m1\n#EXT-X-STREAM-INF:BANDWIDTH=1\nrewind-low.m3u8?ticket=m1\n';
    expect(qualitiesIn(master, OWN, 'http://localhost')).toEqual([
      { name: 'sent', url: `${OWN}?ticket=m1` },
      { name: 'low', url: `${OWN.replace('index', 'rewind-low')}?ticket=m1` },
    ]);
    expect(qualitiesIn('#EXTM3U\n#EXTINF:1.000,\n0.ts\n', OWN, 'http://localhost')).toEqual([]);
    expect(hasSegments(master)).toBe(false);
  });

  it('is as long as its segments', () => {
    expect(lengthOf('#EXTM3U\n')).toBe(0);
    expect(lengthOf('#EXTM3U\n#EXTINF:1.000,\n0.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:2.5,\n1.ts\n')).toBe(3.5);
  });
});

describe('elapsedOf', () => {
  it('counts from the start to now, or to the end', () => {
    const start = '2026-11-28T01:00:00Z';
    expect(elapsedOf({ started_at: null, ended_at: null }, 5)).toBe(0);
    expect(elapsedOf({ started_at: start, ended_at: null }, Date.parse(start) + 61_000)).toBe(61);
    expect(elapsedOf({ started_at: start, ended_at: '2026-11-28T01:02:00Z' }, Date.now())).toBe(120);
  });
});

describe('grouped', () => {
  it('shows a stream once, and one that is interrupted with those on air', () => {
    const make = (id: string, status: Stream['status']): Stream => ({ id, status }) as Stream;
    const groups = grouped([make('a', 'live'), make('b', 'draft'), make('c', 'ended'), make('a', 'live')]);
    expect(groups.onAir.map((each) => each.id)).toEqual(['a']);
    expect(groups.planned.map((each) => each.id)).toEqual(['b']);
    expect(groups.over.map((each) => each.id)).toEqual(['c']);
  });
});

it('the address is kept while its ticket is good for an hour', () => {
  const at = (kind: string, seconds: number): string => `/hls/index.m3u8?ticket=${kind}.${String(seconds)}.x`;
  expect(steadyUrl(undefined, at('m1', 9000), 0)).toBe(at('m1', 9000));
  expect(steadyUrl(at('m1', 9000), at('m1', 12_600), 0)).toBe(at('m1', 9000));
  expect(steadyUrl(at('m1', 3600), at('m1', 12_600), 0)).toBe(at('m1', 12_600));
  expect(steadyUrl(at('p1', 9000), at('p2', 9000), 0)).toBe(at('p2', 9000));
  expect(steadyUrl('/hls/index.m3u8', at('m1', 9000), 0)).toBe(at('m1', 9000));
  expect(steadyUrl('/hls/index.m3u8', '/hls/index.m3u8', 0)).toBe('/hls/index.m3u8');
});

it('a command marks a moment, and no other text does', () => {
  expect(markOf('/mark Second set ')).toBe('Second set');
  expect(markOf('/MARK')).toBe('');
  expect(['/marker', 'mark this', ' /mark it', '/mar'].map(markOf)).toEqual([null, null, null, null]);
});

describe('inOrder', () => {
  it('has what is live first, then what has a date by date, then the rest as it was', () => {
    const streams = [
      { id: 'a', status: 'draft', starts_at: null },
      { id: 'b', status: 'draft', starts_at: '2026-12-05T20:00:00Z' },
      { id: 'c', status: 'draft', starts_at: null },
      { id: 'd', status: 'live', starts_at: null },
      { id: 'e', status: 'draft', starts_at: '2026-12-04T20:00:00Z' },
    ] as const;
    expect(inOrder(streams).map(({ id }) => id)).toEqual(['d', 'e', 'b', 'a', 'c']);
  });
});
