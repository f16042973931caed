/*
 * The service worker: the application without a network, and push messages.
 *
 * It keeps the files of one build and the page that loads them. It keeps no answer of the API, no
 * audio and no image of a member, and answers no request for them. What a member chose to hear without
 * a network, the page keeps in a folder, whose files are read here below an address of their own.
 */
'use strict';

// Filled by the server: another build has other files, so that browsers notice an update.
const FILES = /*files*/ [];
const BUILD = 'veza-build-/*version*/';
// Texts of notifications in the language of the reader, which the page stores.
const TEXTS = 'veza-texts';
const SHELL = '/';
const OFFLINE = '/offline/';
// A page that holds nothing but the application.
const PLAIN = '/library';

self.addEventListener('install', (event) => {
  event.waitUntil(keepBuild());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([dropFormerBuilds(), self.clients.claim()]));
});

self.addEventListener('message', (event) => {
  // The reader accepted the update.
  if (event.data === 'activate') event.waitUntil(self.skipWaiting());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith(OFFLINE) && request.mode !== 'navigate') event.respondWith(readOffline(request, url));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(findFile(request));
  else if (request.mode === 'navigate' && isPage(url.pathname)) event.respondWith(openPage(request));
});

self.addEventListener('push', (event) => {
  event.waitUntil(show(event.data));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openAt(event.notification.data?.path ?? '/notifications'));
});

async function keepBuild() {
  const cache = await caches.open(BUILD);
  // The page is the same for everybody; credentials are left out all the same.
  // A few at a time: all of them at once would use up what the server allows an address.
  for (let start = 0; start < FILES.length; start += 10) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve, 300));
    await Promise.all(FILES.slice(start, start + 10).map((name) => keepFile(cache, name)));
  }
  await cache.put(SHELL, await fetch(PLAIN, { credentials: 'omit', cache: 'no-cache' }));
}

/** A file that a former build has too is not loaded again. */
async function keepFile(cache, name) {
  const known = await caches.match(name);
  if (known) await cache.put(name, known);
  else await cache.add(new Request(name, { credentials: 'omit' }));
}

/** A page that is open may still load files of its own build: they are kept as long as it is open. */
async function dropFormerBuilds() {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (open.length > 1) return;
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('veza-build-') && name !== BUILD).map((name) => caches.delete(name)));
}

async function findFile(request) {
  return (await caches.match(request.url)) ?? fetch(request);
}

/** Return a file that the page keeps, or the range of it that is asked for. */
async function readOffline(request, url) {
  try {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('offline');
    const file = await (await folder.getFileHandle(url.pathname.slice(OFFLINE.length))).getFile();
    const type = /^(audio|image|text)\/[\w.+-]+$/.exec(url.searchParams.get('type') ?? '');
    const headers = { 'content-type': type?.[0] ?? 'application/octet-stream', 'accept-ranges': 'bytes' };
    Object.assign(headers, { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'x-veza-offline': 'yes' });
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get('range') ?? '');
    if (!range) return new Response(file, { headers: { ...headers, 'content-length': String(file.size) } });
    const first = Number(range[1]);
    const last = Math.min(range[2] ? Number(range[2]) : Infinity, file.size - 1);
    const part = { 'content-range': `bytes ${first}-${last}/${file.size}`, 'content-length': String(last - first + 1) };
    if (first <= last) return new Response(file.slice(first, last + 1), { status: 206, headers: { ...headers, ...part } });
    return new Response(null, { status: 416, headers: { 'content-range': `bytes */${file.size}` } });
  } catch {
    // It was removed meanwhile.
    return new Response(null, { status: 404 });
  }
}

function isPage(path) {
  return !['/api/', '/rest/', '/swagger', '/.well-known/', '/icons/'].some((start) => path.startsWith(start));
}

/** The server's page while it can be reached, else the one that is kept. */
async function openPage(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(SHELL, { cacheName: BUILD });
    if (!kept) throw error;
    return kept;
  }
}

async function show(data) {
  let note = {};
  try {
    note = data.json();
  } catch {
    // Something else was pushed: browsers require a notification all the same.
  }
  const texts = await readTexts();
  await self.registration.showNotification(write(texts, note), {
    body: note.text,
    icon: '/icons/icon-192.png',
    lang: texts.language,
    // A later message about the same replaces this one.
    tag: note.id,
    data: { path: pathOf(note) },
  });
}

async function readTexts() {
  const kept = await caches.match('/texts', { cacheName: TEXTS });
  return kept ? kept.json() : { language: 'en', messages: {} };
}

/** Write a notification as the list of notifications does. */
function write({ language, messages }, note) {
  const [first = '', second = ''] = note.actors ?? [];
  const count = Math.max(1, note.actors_count ?? 0);
  const say = (key, values) => {
    const message = messages[key];
    if (message === undefined) return '';
    const form = typeof message === 'string' ? message : (message[new Intl.PluralRules(language).select(values.count ?? 1)] ?? message.other);
    return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
  };
  let who = first || say('notes.somebody', {});
  if (first && count === 2 && second) who = say('notes.two', { name: first, other: second });
  else if (first && count > 1) who = say('notes.others', { name: first, count: count - 1 });
  if (note.amount) return say('notes.tip', { who, amount: note.amount });
  const title = note.title ? `“${note.title}”` : '';
  const key = note.is_support ? 'notes.supportSplit' : `notes.kind.${note.kind}`;
  return say(key, { who, title, count }).replace(/\s+/g, ' ').trim() || 'Veza';
}

function pathOf(note) {
  if (['profile_invitation', 'roster_proposal', 'credit_request', 'split_proposal'].includes(note.kind)) return '/settings/profiles';
  const pages = {
    conversation: 'messages',
    post: 'posts',
    track: 'tracks',
    release: 'releases',
    playlist: 'playlists',
    stream: 'live',
    commission: 'commissions',
    artist: 'artists',
  };
  if (note.subject_id && Object.hasOwn(pages, note.subject)) return `/${pages[note.subject]}/${encodeURIComponent(note.subject_id)}`;
  return note.amount ? '/studio/sales/tips' : '/notifications';
}

/** Show a page in an open window: music goes on, as the application moves there by itself. */
async function openAt(path) {
  const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const client = open.find((each) => each.focused) ?? open.find((each) => new URL(each.url).pathname === path) ?? open[0];
  if (!client) {
    await self.clients.openWindow(path);
    return;
  }
  client.postMessage({ type: 'open', path });
  await client.focus();
}
