import { expect, test } from 'vitest';
import { Listed, type Page } from './load.svelte';

type Answer = (page: Page<string>) => void;

/** A list whose answers arrive when a test says so, in any order. */
function open(): { listed: Listed<string>; asked: (string | undefined)[]; answers: Answer[]; fail: ((error: Error) => void)[] } {
  const asked: (string | undefined)[] = [];
  const answers: Answer[] = [];
  const fail: ((error: Error) => void)[] = [];
  const listed = new Listed<string>((cursor) => {
    asked.push(cursor);
    return new Promise((resolve, reject) => {
      answers.push(resolve);
      fail.push(reject);
    });
  });
  return { listed, asked, answers, fail };
}

test('pages follow each other', async () => {
  const { listed, asked, answers } = open();
  const first = listed.more();
  // Another call while one is on its way asks nothing.
  await listed.more();
  answers[0]?.({ items: ['a'], next: '1' });
  await first;
  const second = listed.more();
  answers[1]?.({ items: ['b'], next: null });
  await second;
  await listed.more();
  expect([asked, listed.items, listed.isComplete]).toEqual([[undefined, '1'], ['a', 'b'], true]);
});

test('a list that is read again ignores answers of its former pages', async () => {
  const { listed, asked, answers, fail } = open();
  const first = listed.more();
  answers[0]?.({ items: ['a'], next: '1' });
  await first;
  const late = listed.more();
  const again = listed.again();
  expect(asked).toEqual([undefined, '1', undefined]);
  answers[2]?.({ items: ['A'], next: '2' });
  await again;
  answers[1]?.({ items: ['b'], next: null });
  await late;
  expect([listed.items, listed.isComplete, listed.isLoading]).toEqual([['A'], false, false]);

  const failing = listed.more();
  const last = listed.again();
  fail[3]?.(new Error('late'));
  await failing;
  expect([listed.error, listed.isLoading]).toEqual([null, true]);
  answers[4]?.({ items: ['B'], next: null });
  await last;
  expect([listed.items, listed.isComplete, listed.isLoading]).toEqual([['B'], true, false]);
});

test('what is made while a list is on its way stays in it', async () => {
  const { listed, asked, answers, fail } = open();
  const first = listed.more();
  listed.prepend('new', (each) => each === 'new');
  listed.prepend('own', (each) => each === 'own');
  expect(listed.items).toEqual(['own', 'new']);
  // The one was read already, the other is never in this list.
  answers[0]?.({ items: ['new', 'old'], next: '1' });
  await first;
  expect(listed.items).toEqual(['own', 'new', 'old']);
  listed.prepend('newer', (each) => each === 'newer');
  const second = listed.more();
  listed.prepend('newest', (each) => each.startsWith('newe'));
  fail[1]?.(new TypeError('lost'));
  await second;
  expect(listed.items).toEqual(['newest', 'own', 'new', 'old']);
  const third = listed.more();
  answers[2]?.({ items: ['oldest'], next: null });
  await third;
  expect([listed.items, asked]).toEqual([
    ['newest', 'own', 'new', 'old', 'oldest'],
    [undefined, '1', '1'],
  ]);
});
