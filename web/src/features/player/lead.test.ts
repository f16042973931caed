import { expect, test } from 'vitest';
import { Lead } from './lead';

test('the lead approaches what a start takes', () => {
  const lead = new Lead();
  for (let i = 0; i < 20; i++) lead.learn(60 - lead.ms);
  expect(lead.ms).toBeCloseTo(60, 0);
});

test('one change that was far off teaches nothing, and the lead has bounds', () => {
  const lead = new Lead();
  const before = lead.ms;
  lead.learn(900);
  expect(lead.ms).toBe(before);
  for (let i = 0; i < 50; i++) lead.learn(199);
  expect(lead.ms).toBe(150);
  for (let i = 0; i < 50; i++) lead.learn(-199);
  expect(lead.ms).toBe(0);
});
