import { describe, expect, it } from 'vitest';
import { dayNames, endsNextDay, hourNames, newDaypart, readDayparts, toggleDay, writeDayparts } from './dayparts';

const late = { name: 'Late', days: [4, 5], from_hour: 22, to_hour: 2, track_ids: ['a', 'b'] };

describe('the hours of a station', () => {
  it('are stored as they were read', () => {
    expect(writeDayparts(readDayparts([late]))).toEqual([late]);
    const untilMidnight = { ...late, to_hour: 24 };
    expect(writeDayparts(readDayparts([untilMidnight]))).toEqual([{ ...late, to_hour: 0 }]);
  });

  it('have keys of their own', () => {
    const keys = [...readDayparts([late, late]), newDaypart('New')].map((each) => each.key);
    expect(new Set(keys).size).toBe(3);
  });

  it('keep a day, and have their days in order', () => {
    expect(toggleDay([4], 4)).toEqual([4]);
    expect(toggleDay([4, 5], 4)).toEqual([5]);
    const changed = readDayparts([late]).map((draft) => ({ ...draft, days: toggleDay([4], 0) }));
    expect(writeDayparts(changed)[0]?.days).toEqual([0, 4]);
  });

  it('may end on the next day', () => {
    expect(endsNextDay({ from: 22, to: 2 })).toBe(true);
    expect(endsNextDay({ from: 20, to: 0 })).toBe(true);
    expect(endsNextDay({ from: 6, to: 9 })).toBe(false);
    expect(endsNextDay({ from: 5, to: 5 })).toBe(true);
  });

  it('are named as the language does', () => {
    expect(dayNames('en', 'long')[0]).toBe('Monday');
    expect(dayNames('de', 'short')[6]).toBe('So');
    expect(hourNames('de')).toHaveLength(24);
    expect(hourNames('de')[22]).toContain('22');
  });
});
