/** Return the paths of the routes in the source of `routes.ts`, without those of a developer's server. */
export function listPaths(source: string): string[] {
  const lines = source.split('\n').filter((line) => !line.includes('import.meta.env.DEV'));
  return [...lines.join('\n').matchAll(/\bpath: '([^']+)'/g)].map(([, path = '']) => path);
}
