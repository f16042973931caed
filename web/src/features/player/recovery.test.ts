import { beforeEach, expect, test, vi } from 'vitest';
import { Recovery, type Verdict } from './recovery';

let verdict: Verdict;
let done: string[];
let recovery: Recovery;

beforeEach(() => {
  vi.useFakeTimers();
  verdict = 'there';
  done = [];
  const note = (name: string) => () => void done.push(name);
  recovery = new Recovery({
    examine: () => Promise.resolve(verdict),
    resume: note('resume'),
    skip: note('skip'),
    wait: note('wait'),
    giveUp: note('giveUp'),
  });
});

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

test('a short stall is left to the browser', async () => {
  recovery.stalled();
  await pass(2000);
  recovery.plays();
  await pass(60_000);
  expect(done).toEqual([]);
});

test('a slow network is waited for, and nothing is loaded again', async () => {
  recovery.stalled();
  await pass(60_000);
  expect(done).toEqual([]);
});

test('without network it is tried again, ever less often, until the track plays on', async () => {
  verdict = 'unreachable';
  recovery.failed();
  await pass(0);
  await pass(1000 + 2000 + 4000);
  expect(done).toEqual(['wait', 'wait', 'wait', 'wait']);
  verdict = 'there';
  await pass(8000);
  expect(done.at(-1)).toBe('resume');
  recovery.plays();
  await pass(60_000);
  expect(done).toHaveLength(5);
});

test('the return of the network is not waited for twice', async () => {
  verdict = 'unreachable';
  recovery.stalled();
  await pass(3000);
  verdict = 'there';
  recovery.hurry();
  await pass(0);
  expect(done).toEqual(['wait', 'resume']);
});

test('a track that is gone is skipped', async () => {
  verdict = 'gone';
  recovery.failed();
  await pass(60_000);
  expect(done).toEqual(['skip']);
});

test('a track that cannot be read is given up after some tries', async () => {
  for (let i = 0; i < 4; i++) {
    recovery.failed();
    await pass(0);
  }
  expect(done).toEqual(['resume', 'resume', 'resume', 'giveUp']);
});

test('what the listener stopped stays stopped', async () => {
  verdict = 'unreachable';
  recovery.failed();
  await pass(0);
  recovery.stop();
  verdict = 'there';
  await pass(60_000);
  recovery.hurry();
  await pass(0);
  expect(done).toEqual(['wait']);
});
