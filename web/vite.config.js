import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { firstPage } from './scripts/first.js';
import { pagePaths } from './scripts/paths.js';

// The server of `make serve`; another by VEZA_URL.
const server = process.env['VEZA_URL'] ?? 'http://localhost:8080';

// Each file costs a round trip where a connection carries one at a time: what the first page always
// needs is one file, what the pages of music share is another. What the embedded player needs too is
// apart, as that loads nothing else.
const SHARED = /\/src\/(components\/(covers|bars)|features\/player\/plays)\.ts$/;
const APP = [
  /\/node_modules\/(svelte|openapi-fetch)\//,
  /\/generated\/accounts/,
  /\/src\/(api\/|routes\.ts$|shell\/(?!languages|shortcuts)\w+(\.svelte)?\.ts$|i18n\/(index|format))/,
  /\/src\/features\/player\/(engine|queue|deck|fade|lead|loudness|late|playback|recovery|source|stored|mediaSession)/,
  /\/src\/components\/(Icon|icons|Avatar|LoadFailed|StateMessage|Cover|countdown|likes|names|palette|rows)\b/,
];
const MUSIC =
  /\/src\/components\/(Artists|PlayButton|Skeleton|TrackRows|LikeButton|ReleaseCard|TrackCard|Waveform|ReportButton|TipButton)\b/;
const GROUPS = [
  { name: 'shared', test: SHARED, priority: 3 },
  { name: 'app', test: (id) => APP.some((each) => each.test(id)), priority: 2 },
  { name: 'music', test: MUSIC, priority: 1 },
];

// As short as it may be: the first script has the names of all files.
const HASH = '[hash:7]';

/** Name a file of messages by its area and language, others as they are. */
function chunkFileNames({ facadeModuleId }) {
  const messages = /\/(?:features\/(.+)\/messages|i18n\/(common))\/(\w+)\.ts$/.exec(facadeModuleId ?? '');
  if (!messages) return `assets/[name]-${HASH}.js`;
  const [, area, common, language] = messages;
  return `assets/${(area ?? common).replaceAll('/', '-')}-${language}-${HASH}.js`;
}

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), firstPage(), pagePaths()],
  build: {
    outDir: '../src/veza/http/web_app/bundle',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Names the files of each page, which the server announces in its head: see `http/web_app/hints.py`.
    manifest: 'manifest.json',
    // The page of the site, and the player that other sites embed: see `http/web_app/embed_page.py`.
    rolldownOptions: {
      input: { index: 'index.html', embed: 'src/embed/main.ts' },
      output: {
        codeSplitting: { groups: GROUPS },
        chunkFileNames,
        entryFileNames: `assets/[name]-${HASH}.js`,
        assetFileNames: `assets/[name]-${HASH}[extname]`,
      },
    },
  },
  // Test components as a browser runs them.
  resolve: {
    alias: { $generated: fileURLToPath(new URL('generated', import.meta.url)) },
    ...(mode === 'test' ? { conditions: ['browser'] } : {}),
  },
  server: {
    port: 5173,
    proxy: {
      '/api': { target: server, ws: true },
      '/rest': { target: server },
      '/swagger': { target: server },
      '/embed': { target: server },
    },
  },
  // Modules are loaded inside of tests: on a busy machine that takes longer than the usual 5 s.
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
    isolate: false,
    setupFiles: ['scripts/fresh-modules.js'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}));
