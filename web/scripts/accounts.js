/**
 * Write the pattern of the requests that are for accounts alone, "GET /api/v1/sessions", from the
 * OpenAPI document: those of operations that take no profile.
 *
 *     node scripts/accounts.js openapi.json > accounts.ts
 */

import { readFileSync } from 'node:fs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const PROFILE = '#/components/parameters/Profile';

const { paths } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const root = makeNode();

for (const [path, operations] of Object.entries(paths)) {
  for (const method of METHODS.filter((each) => each in operations)) {
    const parameters = [...(operations.parameters ?? []), ...(operations[method].parameters ?? [])];
    const isOfAccount = !parameters.some((each) => each.$ref === PROFILE);
    let node = root;
    const parts = path.slice(1).split('/');
    for (const part of parts) {
      node.isOfAccounts &&= isOfAccount;
      const name = part.startsWith('{') ? '[^/]+' : part.replace(/[.+]/g, '\\$&');
      node = node.parts[name] ??= makeNode();
    }
    node.isOfAccounts &&= isOfAccount;
    if (isOfAccount) node.methods.push(method.toUpperCase());
  }
}

process.stdout.write(`/** Requests that are for accounts alone. Made by scripts/accounts.js. */
export const OF_ACCOUNTS = new RegExp(${JSON.stringify(`^(?:${list(root, '').join('|')})`)});
`);

function makeNode() {
  return { parts: {}, methods: [], isOfAccounts: true };
}

/** Return the patterns of what is below a path: one for all of it if all is for accounts. */
function list(node, path) {
  if (node.isOfAccounts) return [`[A-Z]+ ${path}(?:/|$)`];
  const own = node.methods.length > 0 ? [`(?:${node.methods.join('|')}) ${path}$`] : [];
  return [...own, ...Object.entries(node.parts).flatMap(([name, below]) => list(below, `${path}/${name}`))];
}
