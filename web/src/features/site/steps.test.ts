import { expect, test } from 'vitest';
import { nextStep, stepOf } from './steps';

test('steps follow each other to the end', () => {
  expect(nextStep('identity')).toBe('pages');
  expect(nextStep('tests')).toBe('done');
  expect(nextStep('done')).toBe('done');
});

test('an address names its step, and an unknown one begins', () => {
  expect(stepOf(new URLSearchParams('step=signUp'))).toBe('signUp');
  expect(stepOf(new URLSearchParams('step=done'))).toBe('done');
  expect(stepOf(new URLSearchParams('step=nothing'))).toBe('identity');
  expect(stepOf(new URLSearchParams())).toBe('identity');
});
