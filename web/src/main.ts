import '@fontsource-variable/instrument-sans/wght.css';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './shell/shell.css';
import './features/player/player.css';
import './styles/music.css';
import './styles/parts.css';
import './first/first.css';
import { mount } from 'svelte';
import { restoreActing } from './api/acting.svelte';
import { whenRefused } from './api/client';
import { hasDownloads } from './api/downloads';
import { loadRefusals } from './api/explain';
import App from './App.svelte';
import { loadMessages } from './i18n/index.svelte';
import { startRouter } from './shell/router.svelte';
import { isMember, startSession, whenMember } from './shell/session.svelte';

const WORKER_DELAY_MS = 1500;

const target = document.getElementById('app');
if (!target) throw new Error('The page has no element for the application.');

restoreActing();
whenRefused(loadRefusals);
startRouter();
// Only members have messages and notifications, and the first page does not wait for them.
whenMember(() => void import('./features/talk/start'));
void startSession();
void loadMessages('common').then(() => {
  mount(App, { target });
  // What the first page shows comes before what later ones are faster by.
  setTimeout(() => void import('./features/install/worker').then(({ startWorker }) => startWorker()), WORKER_DELAY_MS);
  if (hasDownloads()) void import('./features/offline/offline.svelte');
  else if (isMember()) setTimeout(() => void import('./features/offline/late').then(({ sendPlays }) => sendPlays()), WORKER_DELAY_MS);
});
