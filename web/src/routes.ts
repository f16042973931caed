/**
 * The pages, each loaded when it is opened. The server knows their first parts: a page under a new
 * first part is added to `SECTIONS` in `veza/domains/public_pages/heads/rules.py` too, which a test
 * checks.
 */

import type { Component } from 'svelte';
import type { Area } from './i18n/index.svelte';

export interface Route {
  /** Parts that begin with a colon are parameters. */
  path: string;
  /** The messages that the page uses, besides those in `common`. */
  area: Area;
  /** More messages, of components that belong to other areas. */
  also?: readonly Area[];
  // Each page declares which parameters it takes.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  page: () => Promise<{ default: Component<any> }>;
}

export const routes: readonly Route[] = [
  { path: '/', area: 'listen', page: () => import('./features/listen/HomePage.svelte') },
  { path: '/tracks/:id', area: 'listen', page: () => import('./features/listen/TrackPage.svelte') },
  { path: '/artists/:username', area: 'listen', page: () => import('./features/listen/ArtistPage.svelte') },
  { path: '/releases/:id', area: 'listen', page: () => import('./features/listen/ReleasePage.svelte') },
  { path: '/playlists/:id', area: 'listen', page: () => import('./features/listen/PlaylistPage.svelte') },
  { path: '/library', area: 'listen', page: () => import('./features/library/LibraryPage.svelte') },
  { path: '/library/likes', area: 'listen', page: () => import('./features/library/LikesPage.svelte') },
  { path: '/library/history', area: 'listen', page: () => import('./features/library/HistoryPage.svelte') },
  { path: '/sign-in', area: 'account', also: ['account/factors', 'account/identities'], page: () => import('./features/account/SignInPage.svelte') },
  { path: '/sign-up', area: 'account', also: ['account/identities'], page: () => import('./features/account/SignUpPage.svelte') },
  { path: '/forgot-password', area: 'account', page: () => import('./features/account/ForgotPasswordPage.svelte') },
  { path: '/reset-password', area: 'account', page: () => import('./features/account/ResetPasswordPage.svelte') },
  { path: '/verify-email', area: 'account', page: () => import('./features/account/VerifyEmailPage.svelte') },
  { path: '/not-me', area: 'account', page: () => import('./features/account/NotMePage.svelte') },
  { path: '/setup', area: 'site', also: ['account'], page: () => import('./features/site/SetupPage.svelte') },
  { path: '/legal/:page', area: 'site', page: () => import('./features/site/LegalPage.svelte') },
  { path: '/appeal', area: 'account', page: () => import('./features/account/AppealsPage.svelte') },
  { path: '/appeal/:id', area: 'account', page: () => import('./features/account/AppealPage.svelte') },
  { path: '/settings', area: 'settings', page: () => import('./features/settings/IndexPage.svelte') },
  { path: '/settings/profile', area: 'settings', page: () => import('./features/settings/ProfilePage.svelte') },
  { path: '/settings/security', area: 'settings', also: ['account/factors', 'account/identities'], page: () => import('./features/settings/SecurityPage.svelte') },
  { path: '/settings/sessions', area: 'settings', page: () => import('./features/settings/SessionsPage.svelte') },
  { path: '/settings/players', area: 'settings', page: () => import('./features/settings/PlayersPage.svelte') },
  { path: '/settings/keys', area: 'settings', page: () => import('./features/settings/KeysPage.svelte') },
  { path: '/settings/notifications', area: 'settings', also: ['talk'], page: () => import('./features/settings/NotificationsPage.svelte') },
  { path: '/settings/privacy', area: 'settings', page: () => import('./features/settings/PrivacyPage.svelte') },
  { path: '/settings/people', area: 'settings', page: () => import('./features/settings/PeoplePage.svelte') },
  { path: '/settings/invitations', area: 'settings', page: () => import('./features/settings/InvitationsPage.svelte') },
  { path: '/settings/look', area: 'settings', page: () => import('./features/settings/LookPage.svelte') },
  { path: '/settings/delete', area: 'settings', page: () => import('./features/settings/DeletePage.svelte') },
  { path: '/feed', area: 'talk', page: () => import('./features/talk/posts/FeedPage.svelte') },
  { path: '/posts/:id', area: 'talk', page: () => import('./features/talk/posts/PostPage.svelte') },
  { path: '/tags/:tag', area: 'talk', page: () => import('./features/talk/posts/TagPage.svelte') },
  { path: '/messages', area: 'talk', page: () => import('./features/talk/chat/MessagesPage.svelte') },
  { path: '/messages/new', area: 'talk', page: () => import('./features/talk/chat/NewConversationPage.svelte') },
  { path: '/messages/:id', area: 'talk', page: () => import('./features/talk/chat/MessagesPage.svelte') },
  { path: '/notifications', area: 'talk', page: () => import('./features/talk/notifications/NotificationsPage.svelte') },
  { path: '/products', area: 'shop', page: () => import('./features/shop/products/ProductsPage.svelte') },
  { path: '/products/:id', area: 'shop', also: ['listen'], page: () => import('./features/shop/products/ProductPage.svelte') },
  { path: '/cart', area: 'shop', page: () => import('./features/shop/checkout/CartPage.svelte') },
  { path: '/checkout/:id', area: 'shop', page: () => import('./features/shop/checkout/CheckoutPage.svelte') },
  { path: '/orders', area: 'shop', page: () => import('./features/shop/orders/OrdersPage.svelte') },
  { path: '/orders/:id', area: 'shop', page: () => import('./features/shop/orders/OrderPage.svelte') },
  { path: '/redeem', area: 'shop', page: () => import('./features/shop/orders/RedeemPage.svelte') },
  { path: '/live', area: 'live', page: () => import('./features/live/LivePage.svelte') },
  { path: '/live/:id', area: 'live', also: ['talk', 'listen'], page: () => import('./features/live/StreamPage.svelte') },
  { path: '/studio', area: 'studio', page: () => import('./features/studio/tracks/TracksPage.svelte') },
  { path: '/studio/releases', area: 'studio', page: () => import('./features/studio/releases/ReleasesPage.svelte') },
  { path: '/studio/releases/new', area: 'studio', also: ['listen'], page: () => import('./features/studio/releases/NewReleasePage.svelte') },
  { path: '/studio/releases/:id', area: 'studio', also: ['listen'], page: () => import('./features/studio/releases/EditReleasePage.svelte') },
  { path: '/studio/playlists', area: 'studio', also: ['listen'], page: () => import('./features/studio/playlists/PlaylistsPage.svelte') },
  { path: '/studio/playlists/:id', area: 'studio', also: ['listen'], page: () => import('./features/studio/playlists/EditPlaylistPage.svelte') },
  { path: '/studio/products', area: 'studio', also: ['studio/selling', 'shop'], page: () => import('./features/studio/selling/ProductsPage.svelte') },
  { path: '/studio/products/new', area: 'studio', also: ['studio/selling', 'shop'], page: () => import('./features/studio/selling/NewProductPage.svelte') },
  { path: '/studio/products/:id', area: 'studio', also: ['studio/selling', 'shop'], page: () => import('./features/studio/selling/EditProductPage.svelte') },
  { path: '/studio/sales', area: 'studio', also: ['studio/selling', 'shop'], page: () => import('./features/studio/selling/SalesPage.svelte') },
  { path: '/studio/sales/invoices', area: 'studio', also: ['studio/selling', 'shop'], page: () => import('./features/studio/selling/InvoicesPage.svelte') },
  { path: '/studio/payouts', area: 'studio', also: ['studio/selling', 'shop'], page: () => import('./features/studio/selling/PayoutsPage.svelte') },
  { path: '/studio/statistics', area: 'studio', also: ['studio/statistics'], page: () => import('./features/studio/statistics/StatisticsPage.svelte') },
  { path: '/studio/live', area: 'studio', also: ['studio/live', 'live', 'talk'], page: () => import('./features/studio/live/StudioLivePage.svelte') },
  { path: '/studio/files', area: 'studio', also: ['studio/files', 'studio/live'], page: () => import('./features/studio/files/FilesPage.svelte') },
  { path: '/studio/files/shares', area: 'studio', also: ['studio/files', 'studio/live'], page: () => import('./features/studio/files/SharesPage.svelte') },
  { path: '/studio/gear', area: 'studio', also: ['studio/gear'], page: () => import('./features/studio/gear/GearPage.svelte') },
  { path: '/studio/gear/:id', area: 'studio', also: ['studio/gear'], page: () => import('./features/studio/gear/EditGearPage.svelte') },
  { path: '/console', area: 'console', page: () => import('./features/console/reports/ReportsPage.svelte') },
  { path: '/console/members', area: 'console', page: () => import('./features/console/members/MembersPage.svelte') },
  { path: '/console/members/:id', area: 'console', also: ['console/admission'], page: () => import('./features/console/members/MemberPage.svelte') },
  { path: '/console/site', area: 'console', also: ['site'], page: () => import('./features/console/site/SitePage.svelte') },
  { path: '/console/appeals', area: 'console', page: () => import('./features/console/reports/AppealsPage.svelte') },
  { path: '/console/history/:id', area: 'console', page: () => import('./features/console/reports/HistoryPage.svelte') },
  { path: '/console/sign-ups', area: 'console', also: ['console/admission'], page: () => import('./features/console/admission/SignUpsPage.svelte') },
  { path: '/console/invitations', area: 'console', also: ['console/admission'], page: () => import('./features/console/admission/InvitationsPage.svelte') },
  { path: '/console/invitations/:id', area: 'console', also: ['console/admission'], page: () => import('./features/console/admission/InvitationTreePage.svelte') },
  { path: '/console/mail-domains', area: 'console', also: ['console/admission'], page: () => import('./features/console/admission/MailDomainsPage.svelte') },
  { path: '/console/erasures', area: 'console', page: () => import('./features/console/members/ErasuresPage.svelte') },
  { path: '/console/members/:id', area: 'console', page: () => import('./features/console/members/MemberPage.svelte') },
  { path: '/console/filters', area: 'console', page: () => import('./features/console/moderation/TextFiltersPage.svelte') },
  { path: '/console/bulk', area: 'console', page: () => import('./features/console/moderation/BulkPage.svelte') },
  { path: '/console/announcements', area: 'console', page: () => import('./features/console/site/AnnouncementsPage.svelte') },
  { path: '/console/flags', area: 'console', page: () => import('./features/console/site/FlagsPage.svelte') },
  { path: '/console/maintenance', area: 'console', page: () => import('./features/console/site/MaintenancePage.svelte') },
  { path: '/console/orders', area: 'console', also: ['shop'], page: () => import('./features/console/money/OrdersPage.svelte') },
  { path: '/console/refunds', area: 'console', page: () => import('./features/console/money/RefundsPage.svelte') },
  { path: '/console/transfers', area: 'console', also: ['studio/selling', 'shop'], page: () => import('./features/console/money/TransfersPage.svelte') },
  { path: '/console/events', area: 'console', page: () => import('./features/console/money/EventsPage.svelte') },
  { path: '/console/ledger', area: 'console', also: ['shop'], page: () => import('./features/console/money/LedgerPage.svelte') },
  { path: '/console/health', area: 'console', page: () => import('./features/console/system/HealthPage.svelte') },
  { path: '/console/storage', area: 'console', page: () => import('./features/console/system/StoragePage.svelte') },
  { path: '/console/backups', area: 'console', also: ['console/repair'], page: () => import('./features/console/repair/BackupsPage.svelte') },
  { path: '/console/failed-tracks', area: 'console', also: ['console/repair'], page: () => import('./features/console/repair/FailedTracksPage.svelte') },
  { path: '/console/held-mails', area: 'console', also: ['console/repair'], page: () => import('./features/console/repair/HeldMailsPage.svelte') },
  { path: '/console/jobs', area: 'console', page: () => import('./features/console/system/JobsPage.svelte') },
  { path: '/console/audit', area: 'console', page: () => import('./features/console/system/AuditPage.svelte') },
  { path: '/console/settings', area: 'console', page: () => import('./features/console/system/SettingsPage.svelte') },
  // Tokens and components: only beside a server of developers, and never part of the build.
  ...(import.meta.env.DEV ? [{ path: '/design', area: 'listen' as const, page: () => import('./features/design/DesignPage.svelte') }] : []),
];
