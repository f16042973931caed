/** What is unread, for the badges of the navigation. Everything else is loaded with the connection. */

export type Count = 'messages' | 'notifications';

export const counts = $state<Record<Count, number>>({ messages: 0, notifications: 0 });
