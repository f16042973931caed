import { expect, test } from 'vitest';

const files = import.meta.glob<string>(['../**/*.css', '../**/*.svelte', '!../embed/**'], {
  eager: true,
  query: '?raw',
  import: 'default',
});

const PHYSICAL =
  /(?<![\w-])(margin-left|margin-right|padding-left|padding-right|border-left|border-right|left|right)(-\w+)?:|text-align: ?(left|right)|border-(top|bottom)-(left|right)-radius/;
/** Where time or a picture is drawn, which does not turn around, and what stands in the middle. */
const ALLOWED = /^\s*\.(wave|big|pins)\b|left: 50%|style:left/;

test('lines may run to the left: styles say start and end, not left and right', () => {
  const found = Object.entries(files).flatMap(([path, text]) => {
    const style = path.endsWith('.css') ? text : (/<style>[^]*<\/style>/.exec(text)?.[0] ?? '');
    return style
      .split('\n')
      .filter((line) => PHYSICAL.test(line) && !ALLOWED.test(line))
      .map((line) => `${path}: ${line.trim()}`);
  });
  expect(found).toEqual([]);
});
