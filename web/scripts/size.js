/**
 * Check what the first page costs: the files that index.html names and the chunks that the home page
 * loads, with the largest language, compressed by gzip.
 */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const MAX_SCRIPT_BYTES = 100 * 1024;
const MAX_STYLE_BYTES = 30 * 1024;
// Script and style of the player that other sites embed.
const MAX_EMBED_BYTES = 30 * 1024;
// What the first page imports dynamically.
const FIRST = [/^HomePage-/, /^listen-/, /^common-/];

const folder = process.argv[2] ?? '../src/veza/http/web_app/bundle';
const assets = join(folder, 'assets');
const sizes = new Map(readdirSync(assets).map((name) => [name, gzipSync(readFileSync(join(assets, name)), { level: 9 }).length]));

function close(names) {
  const found = new Set();
  const waiting = [...names];
  for (let name = waiting.pop(); name; name = waiting.pop()) {
    if (found.has(name) || !sizes.has(name)) continue;
    found.add(name);
    if (!name.endsWith('.js')) continue;
    const source = readFileSync(join(assets, name), 'utf8');
    for (const [, imported] of source.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+)["']/g)) waiting.push(imported);
  }
  return found;
}

const html = readFileSync(join(folder, 'index.html'), 'utf8');
const named = [...html.matchAll(/\/assets\/([\w.-]+)/g)].map((match) => match[1]);
// Of a chunk with a variant for each language, the largest counts.
const first = FIRST.map((pattern) => [...sizes.keys()].filter((name) => pattern.test(name)).sort((a, b) => sizes.get(b) - sizes.get(a))[0]);
const styles = [...sizes.keys()].filter((name) => /^(index|HomePage)-.*\.css$/.test(name));
const total = (names) => [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
const loaded = close([...named, ...first.filter(Boolean)]);
const script = total([...loaded].filter((name) => name.endsWith('.js')));
const style = total(styles);
console.error(`First page, gzipped: ${(script / 1024).toFixed(1)} kB of script, ${(style / 1024).toFixed(1)} kB of style.`);
if (script > MAX_SCRIPT_BYTES || style > MAX_STYLE_BYTES) {
  console.error(`Over the budget of ${MAX_SCRIPT_BYTES / 1024} and ${MAX_STYLE_BYTES / 1024} kB.`);
  process.exit(1);
}

const embedded = close([...sizes.keys()].filter((name) => /^embed-.*\.(js|css)$/.test(name)));
const embed = total(embedded);
console.error(`Embedded player, gzipped: ${(embed / 1024).toFixed(1)} kB in ${embedded.size} files.`);
if (embed === 0 || embed > MAX_EMBED_BYTES) {
  console.error(`It has to be there, and fit in ${MAX_EMBED_BYTES / 1024} kB.`);
  process.exit(1);
}
