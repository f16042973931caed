import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The server of `make serve`; another by VEZA_URL.
const server = process.env['VEZA_URL'] ?? 'http://localhost:8080';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  build: {
    outDir: '../src/veza/http/web_bundle',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Names the files of each page, which the server announces in its head: see `http/web_hints.py`.
    manifest: 'manifest.json',
    // The page of the site, and the player that other sites embed: see `http/embed_page.py`.
    rolldownOptions: { input: { index: 'index.html', embed: 'src/embed/main.ts' } },
  },
  // Test components as a browser runs them.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  server: {
    port: 5173,
    proxy: {
      '/api': { target: server, ws: true },
      '/rest': { target: server },
      '/swagger': { target: server },
      '/embed': { target: server },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
}));
