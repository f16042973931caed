/** The names in `styles/tokens.css` that the page shows. */
import css from '../../styles/tokens.css?raw';

const root = css.slice(css.indexOf(':root'), css.indexOf('[data-theme="light"]'));
const names = [...new Set([...root.matchAll(/^\s*--([\w-]+):/gm)].map((found) => found[1] ?? ''))];
const values = new Map(names.map((name) => [name, new RegExp(`--${name}:\\s*([^;]+);`).exec(root)?.[1] ?? '']));

export const COLOURS = names.filter((name) => /^light-dark\(#/.test(values.get(name) ?? ''));
export const SIZES = names.filter((name) => /^t-/.test(name));
export const SPACES = names.filter((name) => /^s-\d/.test(name));
