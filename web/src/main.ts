import '@fontsource-variable/instrument-sans/wght.css';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/player.css';
import './styles/music.css';
import './styles/parts.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { loadMessages } from './i18n/index.svelte';
import { startRouter } from './router.svelte';
import { startSession } from './session.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('The page has no element for the application.');

startRouter();
// Only members have messages and notifications, and the first page does not wait for them.
void startSession().then(() => import('./talk/start'));
void loadMessages('common').then(() => {
  mount(App, { target });
  void import('./install/worker').then(({ startWorker }) => startWorker());
});
