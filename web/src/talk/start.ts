/** Loaded after the first page: live messages and notifications of the whole application. */

import './conversations.svelte';
import './notifications.svelte';
import { startLive } from './live.svelte';

startLive();
