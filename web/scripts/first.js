/**
 * Vite's plugin for the first page: `first/{language}.html` with its texts, and `first/first.js`, a
 * script that needs no other file. The server puts both into the page: `http/web_app/first_page.py`.
 */

import { readFile } from 'node:fs/promises';
import { build } from 'vite';

const source = (path) => new URL(`../src/${path}`, import.meta.url);
const LANGUAGES = ['en', 'de', 'fr', 'es'];
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function firstPage() {
  return {
    name: 'veza-first-page',
    apply: 'build',
    async generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'first/first.js', source: await bundle() });
      const template = await readFile(source('first/first.html'), 'utf8');
      for (const language of LANGUAGES) {
        this.emitFile({
          type: 'asset',
          fileName: `first/${language}.html`,
          source: fill(template, { language, ...(await read(language)) }),
        });
      }
    },
  };
}

/** Return the texts of the page in a language. */
async function read(language) {
  const files = [`i18n/common/${language}.ts`, `features/listen/messages/${language}.ts`];
  const [common, listen] = await Promise.all(files.map((path) => import(source(path).href)));
  return { ...common.default, ...listen.default };
}

function fill(template, texts) {
  return template.replace(/\n\s*/g, '').replace(/\{\{([\w.]+)\}\}/g, (_, key) => {
    const text = texts[key];
    if (text === undefined) throw new Error(`There is no text "${key}".`);
    // Plural forms, and what is filled in later, are read by the script.
    const shown = typeof text === 'string' ? text : JSON.stringify(text);
    return shown.replace(/[&<>"]/g, (each) => ENTITIES[each]);
  });
}

async function bundle() {
  const entry = source('first/main.ts').pathname;
  const made = await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, target: 'es2022', lib: { entry, formats: ['iife'], name: 'first' } },
  });
  return [made].flat()[0].output[0].code.trim();
}
