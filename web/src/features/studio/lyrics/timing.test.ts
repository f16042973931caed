import { expect, test } from 'vitest';
import { choose, clear, countUntimed, findEarly, formatTime, isComplete, shift, shiftAll, tap, textOf, timingOf, toLrc } from './timing';

const TEXT = 'Lights across the water\n\nNobody awake\nOnly the ferry';

function tapped(...times: number[]) {
  return times.reduce(tap, timingOf(TEXT, []));
}

test('taps time the lines in their order, and leave blank ones out', () => {
  const timing = tapped(12.404, 17, 20.5);
  expect(timing.lines.map((each) => each.at)).toEqual([12.4, null, 17, 20.5]);
  expect(timing.next).toBe(4);
  expect(tap(timing, 30)).toBe(timing);
  expect(isComplete(timing.lines)).toBe(true);
  expect(isComplete(tapped(12, 17).lines)).toBe(false);
  expect(countUntimed(tapped(12).lines)).toBe(2);
  expect(toLrc(timing.lines)).toBe('[00:12.40]Lights across the water\n[00:17.00]Nobody awake\n[00:20.50]Only the ferry');
});

test('lines are moved, taken back, and timed again', () => {
  const timing = tapped(12, 17, 20);
  expect(shift(timing, 2, -0.1).lines[2]?.at).toBe(16.9);
  expect(shift(timing, 1, 1)).toBe(timing);
  expect(shift(tapped(0.05), 0, -0.1).lines[0]?.at).toBe(0);
  expect(shiftAll(timing, 0.1).lines.map((each) => each.at)).toEqual([12.1, null, 17.1, 20.1]);
  expect(clear(timing, 2)).toMatchObject({ next: 2 });
  expect(tap(clear(timing, 2), 18).lines[2]?.at).toBe(18);
  expect(tap(choose(timing, 1), 15).lines[1]).toEqual({ text: '', at: 15 });
});

test('a line that begins before one above it is found', () => {
  expect([...findEarly(tapped(12, 11, 20).lines)]).toEqual([2]);
  expect(isComplete(tapped(12, 11, 20).lines)).toBe(false);
});

test('a text that is edited keeps the times of its lines', () => {
  const { lines } = tapped(12, 17, 20);
  const times = (text: string) => timingOf(text, lines).lines.map((each) => each.at);
  expect(times('Lights across the water\n\nNobody sleeps\nOnly the ferry')).toEqual([12, null, 17, 20]);
  expect(times('Lights across the water\n\nA new line\nNobody awake\nOnly the ferry')).toEqual([12, null, null, 17, 20]);
  expect(times('Nobody awake\nOnly the ferry')).toEqual([17, 20]);
  expect(times(`First\n${TEXT}\nLast`)).toEqual([null, 12, null, 17, 20, null]);
  expect(times('Lights across  the water ')).toEqual([12]);
  expect(times('')).toEqual([]);
  expect(timingOf(`${TEXT}\nLast`, lines).next).toBe(4);
  expect(textOf(lines)).toBe(TEXT);
});

test('a time is written as LRC writes it', () => {
  expect([formatTime(0, 2), formatTime(59.999, 2), formatTime(61.25, 1), formatTime(3600, 2)]).toEqual([
    '00:00.00',
    '01:00.00',
    '01:01.3',
    '60:00.00',
  ]);
});
