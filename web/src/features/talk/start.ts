/** Loaded after the first page: live messages and notifications of the whole application. */

import './chat/conversations.svelte';
import './notifications/notifications.svelte';
import { loadMessages } from '../../i18n/index.svelte';
import { startDevices } from '../player/devices.svelte';
import { startLive } from './live.svelte';

startLive();
startDevices();
void loadMessages('player');
