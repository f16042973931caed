// Prints what Lighthouse finds on a page, as JSON: audit.mjs PORT URL
import lighthouse from 'lighthouse';

const [port, url] = process.argv.slice(2);
const result = await lighthouse(url, { port: Number(port), output: 'json', logLevel: 'error' });
const { categories, audits, runtimeError } = result.lhr;
if (runtimeError) throw new Error(runtimeError.message);
const scores = Object.fromEntries(Object.entries(categories).map(([name, { score }]) => [name, score]));
const values = ['cumulative-layout-shift', 'total-byte-weight', 'largest-contentful-paint', 'total-blocking-time'];
const measured = Object.fromEntries(values.map((name) => [name, audits[name]?.numericValue]));
const requests = audits['network-requests'].details.items.map(({ url, resourceType, transferSize }) => ({ url, resourceType, transferSize }));
const failed = Object.values(audits).filter(({ score }) => score !== null && score < 1).map(({ id }) => id);
console.log(JSON.stringify({ scores, measured, requests, failed }));
