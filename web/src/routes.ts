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
  { path: '/', area: 'listen', page: () => import('./pages/listen/HomePage.svelte') },
  { path: '/tracks/:id', area: 'listen', page: () => import('./pages/listen/TrackPage.svelte') },
  { path: '/artists/:username', area: 'listen', page: () => import('./pages/listen/ArtistPage.svelte') },
  { path: '/releases/:id', area: 'listen', page: () => import('./pages/listen/ReleasePage.svelte') },
  { path: '/playlists/:id', area: 'listen', page: () => import('./pages/listen/PlaylistPage.svelte') },
  { path: '/library', area: 'listen', page: () => import('./pages/library/LibraryPage.svelte') },
  { path: '/library/likes', area: 'listen', page: () => import('./pages/library/LikesPage.svelte') },
  { path: '/library/history', area: 'listen', page: () => import('./pages/library/HistoryPage.svelte') },
  { path: '/sign-in', area: 'account', also: ['factors', 'identities'], page: () => import('./pages/account/SignInPage.svelte') },
  { path: '/sign-up', area: 'account', also: ['identities'], page: () => import('./pages/account/SignUpPage.svelte') },
  { path: '/forgot-password', area: 'account', page: () => import('./pages/account/ForgotPasswordPage.svelte') },
  { path: '/reset-password', area: 'account', page: () => import('./pages/account/ResetPasswordPage.svelte') },
  { path: '/verify-email', area: 'account', page: () => import('./pages/account/VerifyEmailPage.svelte') },
  { path: '/not-me', area: 'account', page: () => import('./pages/account/NotMePage.svelte') },
  { path: '/setup', area: 'site', also: ['account'], page: () => import('./pages/site/SetupPage.svelte') },
  { path: '/legal/:page', area: 'site', page: () => import('./pages/site/LegalPage.svelte') },
  { path: '/appeal', area: 'account', page: () => import('./pages/account/AppealsPage.svelte') },
  { path: '/appeal/:id', area: 'account', page: () => import('./pages/account/AppealPage.svelte') },
  { path: '/settings', area: 'settings', page: () => import('./pages/settings/IndexPage.svelte') },
  { path: '/settings/profile', area: 'settings', page: () => import('./pages/settings/ProfilePage.svelte') },
  { path: '/settings/security', area: 'settings', also: ['factors', 'identities'], page: () => import('./pages/settings/SecurityPage.svelte') },
  { path: '/settings/sessions', area: 'settings', page: () => import('./pages/settings/SessionsPage.svelte') },
  { path: '/settings/players', area: 'settings', page: () => import('./pages/settings/PlayersPage.svelte') },
  { path: '/settings/keys', area: 'settings', page: () => import('./pages/settings/KeysPage.svelte') },
  { path: '/settings/notifications', area: 'settings', also: ['talk'], page: () => import('./pages/settings/NotificationsPage.svelte') },
  { path: '/settings/privacy', area: 'settings', page: () => import('./pages/settings/PrivacyPage.svelte') },
  { path: '/settings/people', area: 'settings', page: () => import('./pages/settings/PeoplePage.svelte') },
  { path: '/settings/invitations', area: 'settings', page: () => import('./pages/settings/InvitationsPage.svelte') },
  { path: '/settings/look', area: 'settings', page: () => import('./pages/settings/LookPage.svelte') },
  { path: '/settings/delete', area: 'settings', page: () => import('./pages/settings/DeletePage.svelte') },
  { path: '/feed', area: 'talk', page: () => import('./pages/talk/FeedPage.svelte') },
  { path: '/posts/:id', area: 'talk', page: () => import('./pages/talk/PostPage.svelte') },
  { path: '/tags/:tag', area: 'talk', page: () => import('./pages/talk/TagPage.svelte') },
  { path: '/messages', area: 'talk', page: () => import('./pages/talk/MessagesPage.svelte') },
  { path: '/messages/new', area: 'talk', page: () => import('./pages/talk/NewConversationPage.svelte') },
  { path: '/messages/:id', area: 'talk', page: () => import('./pages/talk/MessagesPage.svelte') },
  { path: '/notifications', area: 'talk', page: () => import('./pages/talk/NotificationsPage.svelte') },
  { path: '/products', area: 'shop', page: () => import('./pages/shop/ProductsPage.svelte') },
  { path: '/products/:id', area: 'shop', also: ['listen'], page: () => import('./pages/shop/ProductPage.svelte') },
  { path: '/cart', area: 'shop', page: () => import('./pages/shop/CartPage.svelte') },
  { path: '/checkout/:id', area: 'shop', page: () => import('./pages/shop/CheckoutPage.svelte') },
  { path: '/orders', area: 'shop', page: () => import('./pages/shop/OrdersPage.svelte') },
  { path: '/orders/:id', area: 'shop', page: () => import('./pages/shop/OrderPage.svelte') },
  { path: '/redeem', area: 'shop', page: () => import('./pages/shop/RedeemPage.svelte') },
  { path: '/live', area: 'live', page: () => import('./pages/live/LivePage.svelte') },
  { path: '/live/:id', area: 'live', also: ['talk', 'listen'], page: () => import('./pages/live/StreamPage.svelte') },
  { path: '/studio', area: 'studio', page: () => import('./pages/studio/TracksPage.svelte') },
  { path: '/studio/releases', area: 'studio', page: () => import('./pages/studio/ReleasesPage.svelte') },
  { path: '/studio/releases/new', area: 'studio', also: ['listen'], page: () => import('./pages/studio/NewReleasePage.svelte') },
  { path: '/studio/releases/:id', area: 'studio', also: ['listen'], page: () => import('./pages/studio/EditReleasePage.svelte') },
  { path: '/studio/playlists', area: 'studio', also: ['listen'], page: () => import('./pages/studio/PlaylistsPage.svelte') },
  { path: '/studio/playlists/:id', area: 'studio', also: ['listen'], page: () => import('./pages/studio/EditPlaylistPage.svelte') },
  { path: '/studio/products', area: 'studio', also: ['selling', 'shop'], page: () => import('./pages/studio/ProductsPage.svelte') },
  { path: '/studio/products/new', area: 'studio', also: ['selling', 'shop'], page: () => import('./pages/studio/NewProductPage.svelte') },
  { path: '/studio/products/:id', area: 'studio', also: ['selling', 'shop'], page: () => import('./pages/studio/EditProductPage.svelte') },
  { path: '/studio/sales', area: 'studio', also: ['selling', 'shop'], page: () => import('./pages/studio/SalesPage.svelte') },
  { path: '/studio/sales/invoices', area: 'studio', also: ['selling', 'shop'], page: () => import('./pages/studio/InvoicesPage.svelte') },
  { path: '/studio/payouts', area: 'studio', also: ['selling', 'shop'], page: () => import('./pages/studio/PayoutsPage.svelte') },
  { path: '/studio/statistics', area: 'studio', also: ['statistics'], page: () => import('./pages/studio/StatisticsPage.svelte') },
  { path: '/studio/live', area: 'studio', also: ['onAir', 'live', 'talk'], page: () => import('./pages/studio/StudioLivePage.svelte') },
  { path: '/studio/files', area: 'studio', also: ['cloud', 'onAir'], page: () => import('./pages/studio/FilesPage.svelte') },
  { path: '/studio/files/shares', area: 'studio', also: ['cloud', 'onAir'], page: () => import('./pages/studio/SharesPage.svelte') },
  { path: '/studio/gear', area: 'studio', also: ['gear'], page: () => import('./pages/studio/GearPage.svelte') },
  { path: '/studio/gear/:id', area: 'studio', also: ['gear'], page: () => import('./pages/studio/EditGearPage.svelte') },
  { path: '/console', area: 'console', page: () => import('./pages/console/ReportsPage.svelte') },
  { path: '/console/members', area: 'console', page: () => import('./pages/console/MembersPage.svelte') },
  { path: '/console/members/:id', area: 'console', also: ['admission'], page: () => import('./pages/console/MemberPage.svelte') },
  { path: '/console/site', area: 'console', also: ['site'], page: () => import('./pages/console/SitePage.svelte') },
  { path: '/console/appeals', area: 'console', page: () => import('./pages/console/AppealsPage.svelte') },
  { path: '/console/history/:id', area: 'console', page: () => import('./pages/console/HistoryPage.svelte') },
  { path: '/console/sign-ups', area: 'console', also: ['admission'], page: () => import('./pages/console/SignUpsPage.svelte') },
  { path: '/console/invitations', area: 'console', also: ['admission'], page: () => import('./pages/console/InvitationsPage.svelte') },
  { path: '/console/invitations/:id', area: 'console', also: ['admission'], page: () => import('./pages/console/InvitationTreePage.svelte') },
  { path: '/console/mail-domains', area: 'console', also: ['admission'], page: () => import('./pages/console/MailDomainsPage.svelte') },
  { path: '/console/erasures', area: 'console', page: () => import('./pages/console/ErasuresPage.svelte') },
  { path: '/console/members/:id', area: 'console', page: () => import('./pages/console/MemberPage.svelte') },
  { path: '/console/filters', area: 'console', page: () => import('./pages/console/TextFiltersPage.svelte') },
  { path: '/console/bulk', area: 'console', page: () => import('./pages/console/BulkPage.svelte') },
  { path: '/console/announcements', area: 'console', page: () => import('./pages/console/AnnouncementsPage.svelte') },
  { path: '/console/flags', area: 'console', page: () => import('./pages/console/FlagsPage.svelte') },
  { path: '/console/maintenance', area: 'console', page: () => import('./pages/console/MaintenancePage.svelte') },
  { path: '/console/orders', area: 'console', also: ['shop'], page: () => import('./pages/console/OrdersPage.svelte') },
  { path: '/console/refunds', area: 'console', page: () => import('./pages/console/RefundsPage.svelte') },
  { path: '/console/transfers', area: 'console', also: ['selling', 'shop'], page: () => import('./pages/console/TransfersPage.svelte') },
  { path: '/console/events', area: 'console', page: () => import('./pages/console/EventsPage.svelte') },
  { path: '/console/ledger', area: 'console', also: ['shop'], page: () => import('./pages/console/LedgerPage.svelte') },
  { path: '/console/health', area: 'console', page: () => import('./pages/console/HealthPage.svelte') },
  { path: '/console/storage', area: 'console', page: () => import('./pages/console/StoragePage.svelte') },
  { path: '/console/backups', area: 'console', also: ['repair'], page: () => import('./pages/console/BackupsPage.svelte') },
  { path: '/console/failed-tracks', area: 'console', also: ['repair'], page: () => import('./pages/console/FailedTracksPage.svelte') },
  { path: '/console/held-mails', area: 'console', also: ['repair'], page: () => import('./pages/console/HeldMailsPage.svelte') },
  { path: '/console/jobs', area: 'console', page: () => import('./pages/console/JobsPage.svelte') },
  { path: '/console/audit', area: 'console', page: () => import('./pages/console/AuditPage.svelte') },
  { path: '/console/settings', area: 'console', page: () => import('./pages/console/SettingsPage.svelte') },
  // Tokens and components: only beside a server of developers, and never part of the build.
  ...(import.meta.env.DEV ? [{ path: '/design', area: 'listen' as const, page: () => import('./pages/design/DesignPage.svelte') }] : []),
];
