import { expect, test } from 'vitest';
import { levelOf, problemOfDevice, problemOfRefusal } from './microphone.svelte';

test('the meter is by decibels, and empty at silence', () => {
  expect(levelOf(new Float32Array(8))).toBe(0);
  expect(levelOf(new Float32Array(8).fill(1))).toBe(1);
  expect(levelOf(new Float32Array(8).fill(0.0316))).toBeCloseTo(0.5, 2);
  expect(levelOf(new Float32Array(8).fill(0.00001))).toBe(0);
});

test('a refusal of the server says what can be done', () => {
  expect(problemOfRefusal(403, 'already_publishing')).toBe('inUse');
  expect(problemOfRefusal(403, 'publish_refused')).toBe('refused');
  expect(problemOfRefusal(429, 'too_many_encoders')).toBe('tooMany');
  expect(problemOfRefusal(503, null)).toBe('unreachable');
  expect(problemOfRefusal(422, 'offer_refused')).toBe('failed');
});

test('an error of the browser says why there is no microphone', () => {
  expect(problemOfDevice('NotAllowedError')).toBe('denied');
  expect(problemOfDevice('OverconstrainedError')).toBe('missing');
  expect(problemOfDevice('NotReadableError')).toBe('busy');
  expect(problemOfDevice('TypeError')).toBe('failed');
});
