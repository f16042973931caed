/**
 * The pages, each loaded when it is opened, and the layouts around them. The build lists their paths
 * for the server, to which other addresses are unknown: see `veza/http/web_app/paths.py`.
 */

import type { Component, Snippet } from 'svelte';
import type { Area, Key } from './i18n/index.svelte';

/** What pages of a group have around them, such as the links to each other. */
export interface LayoutProps {
  /** What the page shows, if that is less than its section. */
  title?: string | null;
  children: Snippet;
}

type Layout = () => Promise<{ default: Component<LayoutProps> }>;
// Each page declares which properties it takes.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Page = () => Promise<{ default: Component<any> }>;

export interface Route {
  /** Parts that begin with a colon are parameters. */
  path: string;
  /** The messages that the page uses, besides those in `common`. */
  area: Area;
  /** More messages, of components that belong to other areas. */
  also?: readonly Area[];
  page: Page;
  layout?: Layout;
  /** What the page shows, as the layout names it until the page knows better. */
  title?: Key;
}

/** Return routes with the layout and the messages of their group. */
function within(layout: Layout, area: Area, pages: readonly Omit<Route, 'area' | 'layout'>[]): Route[] {
  return pages.map((each) => ({ ...each, area, layout }));
}

export const routes: readonly Route[] = [
  { path: '/', area: 'listen', page: () => import('./features/listen/HomePage.svelte') },
  { path: '/tracks/:id', area: 'listen', page: () => import('./features/listen/TrackPage.svelte') },
  {
    path: '/artists/:username',
    area: 'artist',
    also: ['listen', 'shop', 'credits'],
    page: () => import('./features/artist/ArtistPage.svelte'),
  },
  { path: '/releases/:id', area: 'listen', also: ['credits'], page: () => import('./features/listen/ReleasePage.svelte') },
  { path: '/playlists/:id', area: 'listen', page: () => import('./features/listen/PlaylistPage.svelte') },
  { path: '/shows/:id', area: 'shows', also: ['listen'], page: () => import('./features/shows/ShowPage.svelte') },
  {
    path: '/shows/:id/episodes/:track',
    area: 'shows',
    also: ['listen'],
    page: () => import('./features/shows/EpisodePage.svelte'),
  },
  ...within(() => import('./features/library/Library.svelte'), 'listen', [
    { path: '/library', page: () => import('./features/library/PlaylistsPage.svelte') },
    { path: '/library/likes', page: () => import('./features/library/LikesPage.svelte') },
    { path: '/library/albums', page: () => import('./features/library/AlbumsPage.svelte') },
    { path: '/library/artists', page: () => import('./features/library/ArtistsPage.svelte') },
    { path: '/library/purchases', also: ['shop'], page: () => import('./features/library/PurchasesPage.svelte') },
    { path: '/library/history', page: () => import('./features/library/HistoryPage.svelte') },
  ]),
  {
    path: '/sign-in',
    area: 'account',
    also: ['account/factors', 'account/identities'],
    page: () => import('./features/account/SignInPage.svelte'),
  },
  { path: '/sign-up', area: 'account', also: ['account/identities'], page: () => import('./features/account/SignUpPage.svelte') },
  { path: '/forgot-password', area: 'account', page: () => import('./features/account/ForgotPasswordPage.svelte') },
  { path: '/reset-password', area: 'account', page: () => import('./features/account/ResetPasswordPage.svelte') },
  { path: '/verify-email', area: 'account', page: () => import('./features/account/VerifyEmailPage.svelte') },
  { path: '/not-me', area: 'account', page: () => import('./features/account/NotMePage.svelte') },
  { path: '/setup', area: 'site', also: ['account'], page: () => import('./features/site/SetupPage.svelte') },
  { path: '/legal/copyright', area: 'copyright', page: () => import('./features/copyright/NoticePage.svelte') },
  { path: '/legal/copyright/confirm', area: 'copyright', page: () => import('./features/copyright/ConfirmPage.svelte') },
  { path: '/legal/copyright/counter', area: 'copyright', page: () => import('./features/copyright/CounterPage.svelte') },
  { path: '/legal/:page', area: 'site', page: () => import('./features/site/LegalPage.svelte') },
  { path: '/shared/:token', area: 'shared', page: () => import('./features/shared/SharedPage.svelte') },
  { path: '/mail/confirm', area: 'mail', page: () => import('./features/mail/ConfirmPage.svelte') },
  { path: '/mail/unsubscribe', area: 'mail', page: () => import('./features/mail/UnsubscribePage.svelte') },
  { path: '/claim/:token', area: 'claims', page: () => import('./features/claims/ClaimPage.svelte') },
  { path: '/unsubscribe/:token', area: 'settings', page: () => import('./features/settings/UnsubscribePage.svelte') },
  { path: '/transparency', area: 'site', page: () => import('./features/site/TransparencyPage.svelte') },
  { path: '/appeal', area: 'account', page: () => import('./features/account/AppealsPage.svelte') },
  { path: '/appeal/:id', area: 'account', page: () => import('./features/account/AppealPage.svelte') },
  ...within(() => import('./features/settings/Settings.svelte'), 'settings', [
    { path: '/settings/profile', also: ['artist'], page: () => import('./features/settings/ProfilePage.svelte') },
    { path: '/settings/profiles', also: ['settings/profiles', 'credits'], page: () => import('./features/settings/ProfilesPage.svelte') },
    {
      path: '/settings/profiles/:id',
      also: ['settings/profiles', 'credits'],
      title: 'profiles.members',
      page: () => import('./features/settings/ProfileMembersPage.svelte'),
    },
    {
      path: '/settings/security',
      also: ['account/factors', 'account/identities'],
      page: () => import('./features/settings/SecurityPage.svelte'),
    },
    { path: '/settings/sessions', page: () => import('./features/settings/SessionsPage.svelte') },
    { path: '/settings/players', page: () => import('./features/settings/PlayersPage.svelte') },
    { path: '/settings/keys', page: () => import('./features/settings/KeysPage.svelte') },
    { path: '/settings/notifications', also: ['talk'], page: () => import('./features/settings/NotificationsPage.svelte') },
    { path: '/settings/privacy', page: () => import('./features/settings/PrivacyPage.svelte') },
    { path: '/settings/credits', also: ['credits'], page: () => import('./features/credits/AskedPage.svelte') },
    {
      path: '/settings/memberships',
      also: ['shop/memberships', 'shop'],
      page: () => import('./features/settings/MembershipsPage.svelte'),
    },
    { path: '/settings/people', page: () => import('./features/settings/PeoplePage.svelte') },
    { path: '/settings/invitations', page: () => import('./features/settings/InvitationsPage.svelte') },
    { path: '/settings/look', page: () => import('./features/settings/LookPage.svelte') },
  ]),
  // The list of the sections alone, and a page that ends without it: they place the layout themselves.
  { path: '/settings', area: 'settings', page: () => import('./features/settings/IndexPage.svelte') },
  { path: '/settings/delete', area: 'settings', page: () => import('./features/settings/DeletePage.svelte') },
  {
    path: '/explore',
    area: 'explore',
    also: ['listen', 'shop'],
    page: () => import('./features/explore/ExplorePage.svelte'),
  },
  { path: '/search', area: 'explore', also: ['listen', 'shop', 'talk'], page: () => import('./features/explore/SearchPage.svelte') },
  { path: '/library/offline', area: 'offline', page: () => import('./features/offline/OfflinePage.svelte') },
  { path: '/genres', area: 'explore', page: () => import('./features/explore/GenresPage.svelte') },
  { path: '/genres/:genre', area: 'explore', also: ['listen'], page: () => import('./features/explore/GenrePage.svelte') },
  { path: '/feed', area: 'talk', page: () => import('./features/talk/posts/FeedPage.svelte') },
  { path: '/posts/:id', area: 'talk', page: () => import('./features/talk/posts/PostPage.svelte') },
  { path: '/tags/:tag', area: 'talk', also: ['listen'], page: () => import('./features/talk/posts/TagPage.svelte') },
  { path: '/messages', area: 'talk', page: () => import('./features/talk/chat/MessagesPage.svelte') },
  { path: '/messages/new', area: 'talk', also: ['credits'], page: () => import('./features/talk/chat/NewConversationPage.svelte') },
  { path: '/messages/:id', area: 'talk', page: () => import('./features/talk/chat/MessagesPage.svelte') },
  { path: '/notifications', area: 'talk', page: () => import('./features/talk/notifications/NotificationsPage.svelte') },
  { path: '/products', area: 'shop', page: () => import('./features/shop/products/ProductsPage.svelte') },
  { path: '/products/:id', area: 'shop', also: ['listen'], page: () => import('./features/shop/products/ProductPage.svelte') },
  {
    path: '/bundles/:id',
    area: 'shop',
    also: ['shop/guests', 'shop/gifts', 'listen'],
    page: () => import('./features/shop/bundles/BundlePage.svelte'),
  },
  { path: '/cart', area: 'shop', also: ['shop/guests', 'shop/gifts'], page: () => import('./features/shop/checkout/CartPage.svelte') },
  { path: '/checkout/:id', area: 'shop', also: ['shop/guests'], page: () => import('./features/shop/checkout/CheckoutPage.svelte') },
  { path: '/orders', area: 'shop', also: ['shop/guests'], page: () => import('./features/shop/orders/OrdersPage.svelte') },
  { path: '/orders/:id', area: 'shop', also: ['shop/guests', 'shop/gifts'], page: () => import('./features/shop/orders/OrderPage.svelte') },
  {
    path: '/commissions',
    area: 'shop',
    also: ['shop/commissions'],
    page: () => import('./features/shop/commissions/CommissionsPage.svelte'),
  },
  {
    path: '/commissions/:id',
    area: 'shop',
    also: ['shop/commissions'],
    page: () => import('./features/shop/commissions/CommissionPage.svelte'),
  },
  { path: '/guest-orders', area: 'shop', also: ['shop/guests'], page: () => import('./features/shop/guests/LinksPage.svelte') },
  {
    path: '/guest-orders/:token',
    area: 'shop',
    also: ['shop/guests', 'shop/gifts'],
    page: () => import('./features/shop/guests/GuestOrderPage.svelte'),
  },
  { path: '/gift', area: 'shop', also: ['shop/guests', 'shop/gifts'], page: () => import('./features/shop/gifts/GiftPage.svelte') },
  { path: '/gift/block', area: 'shop', also: ['shop/gifts'], page: () => import('./features/shop/gifts/BlockPage.svelte') },
  { path: '/redeem', area: 'shop', also: ['shop/guests'], page: () => import('./features/shop/orders/RedeemPage.svelte') },
  { path: '/live', area: 'live', also: ['stations'], page: () => import('./features/live/LivePage.svelte') },
  { path: '/clips/:id', area: 'clips', also: ['live', 'talk', 'listen'], page: () => import('./features/clips/ClipPage.svelte') },
  { path: '/live/:id', area: 'live', also: ['talk', 'listen', 'clips'], page: () => import('./features/live/StreamPage.svelte') },
  { path: '/rooms/new', area: 'together', also: ['talk'], page: () => import('./features/together/NewRoomPage.svelte') },
  { path: '/rooms/:id', area: 'together', also: ['talk', 'listen'], page: () => import('./features/together/RoomPage.svelte') },
  {
    path: '/stations/:id',
    area: 'stations',
    also: ['live', 'listen', 'talk'],
    page: () => import('./features/stations/StationPage.svelte'),
  },
  ...within(() => import('./features/studio/Studio.svelte'), 'studio', [
    { path: '/studio', also: ['credits'], page: () => import('./features/studio/tracks/TracksPage.svelte') },
    {
      path: '/studio/tracks/:id/lyrics',
      also: ['studio/lyrics', 'player'],
      title: 'lyrics.title',
      page: () => import('./features/studio/lyrics/LyricsPage.svelte'),
    },
    { path: '/studio/releases', page: () => import('./features/studio/releases/ReleasesPage.svelte') },
    {
      path: '/studio/releases/new',
      also: ['listen', 'credits'],
      title: 'studio.release.new',
      page: () => import('./features/studio/releases/NewReleasePage.svelte'),
    },
    {
      path: '/studio/releases/:id',
      also: ['listen', 'credits', 'studio/splits', 'studio/selling', 'shop'],
      title: 'studio.release.edit',
      page: () => import('./features/studio/releases/EditReleasePage.svelte'),
    },
    {
      path: '/studio/releases/label/:id',
      also: ['listen', 'shop'],
      title: 'label.title',
      page: () => import('./features/studio/releases/LabelReleasesPage.svelte'),
    },
    { path: '/studio/playlists', also: ['listen'], page: () => import('./features/studio/playlists/PlaylistsPage.svelte') },
    {
      path: '/studio/playlists/:id',
      also: ['listen'],
      title: 'studio.playlist',
      page: () => import('./features/studio/playlists/EditPlaylistPage.svelte'),
    },
    { path: '/studio/shows', also: ['studio/shows'], page: () => import('./features/studio/shows/ShowsPage.svelte') },
    {
      path: '/studio/shows/import',
      also: ['studio/shows', 'studio/live'],
      title: 'studio.showImport',
      page: () => import('./features/studio/shows/ImportPage.svelte'),
    },
    {
      path: '/studio/shows/:id',
      also: ['studio/shows', 'shows', 'listen'],
      title: 'studio.show',
      page: () => import('./features/studio/shows/EditShowPage.svelte'),
    },
    { path: '/studio/products', also: ['studio/selling', 'shop'], page: () => import('./features/studio/selling/ProductsPage.svelte') },
    {
      path: '/studio/products/new',
      also: ['studio/selling', 'shop'],
      title: 'product.new',
      page: () => import('./features/studio/selling/NewProductPage.svelte'),
    },
    {
      path: '/studio/products/discounts',
      also: ['studio/selling', 'studio/gear', 'shop', 'listen'],
      title: 'discounts.title',
      page: () => import('./features/studio/selling/DiscountsPage.svelte'),
    },
    {
      path: '/studio/products/bundles',
      also: ['studio/selling', 'shop'],
      title: 'bundles.title',
      page: () => import('./features/studio/selling/bundles/BundlesPage.svelte'),
    },
    {
      path: '/studio/products/bundles/new',
      also: ['studio/selling', 'shop'],
      title: 'bundles.new',
      page: () => import('./features/studio/selling/bundles/NewBundlePage.svelte'),
    },
    {
      path: '/studio/products/bundles/:id',
      also: ['studio/selling', 'shop'],
      title: 'bundles.edit',
      page: () => import('./features/studio/selling/bundles/EditBundlePage.svelte'),
    },
    {
      path: '/studio/products/:id',
      also: ['studio/selling', 'studio/splits', 'credits', 'shop'],
      title: 'product.edit',
      page: () => import('./features/studio/selling/EditProductPage.svelte'),
    },
    { path: '/studio/sales', also: ['studio/selling', 'shop'], page: () => import('./features/studio/selling/SalesPage.svelte') },
    {
      path: '/studio/sales/invoices',
      also: ['studio/selling', 'shop'],
      title: 'invoices.title',
      page: () => import('./features/studio/selling/InvoicesPage.svelte'),
    },
    {
      path: '/studio/sales/tips',
      also: ['studio/selling', 'shop'],
      title: 'jar.title',
      page: () => import('./features/studio/selling/TipsPage.svelte'),
    },
    {
      path: '/studio/sales/tiers',
      also: ['studio/selling', 'shop'],
      title: 'tiers.title',
      page: () => import('./features/studio/selling/TiersPage.svelte'),
    },
    { path: '/studio/splits', also: ['studio/splits', 'credits'], page: () => import('./features/studio/splits/SplitsPage.svelte') },
    {
      path: '/studio/splits/:kind/:id',
      also: ['studio/splits', 'credits'],
      title: 'splits.title',
      page: () => import('./features/studio/splits/SplitPage.svelte'),
    },
    { path: '/studio/payouts', also: ['studio/selling', 'shop'], page: () => import('./features/studio/selling/PayoutsPage.svelte') },
    {
      path: '/studio/payouts/statements',
      also: ['studio/splits', 'studio/selling', 'shop'],
      title: 'statements.title',
      page: () => import('./features/studio/splits/StatementsPage.svelte'),
    },
    { path: '/studio/mail', also: ['studio/mail'], page: () => import('./features/studio/mail/MailPage.svelte') },
    {
      path: '/studio/mail/:id',
      also: ['studio/mail', 'shop/memberships'],
      title: 'broadcast.title',
      page: () => import('./features/studio/mail/BroadcastPage.svelte'),
    },
    { path: '/studio/statistics', also: ['studio/statistics'], page: () => import('./features/studio/statistics/StatisticsPage.svelte') },
    {
      path: '/studio/live',
      also: ['studio/live', 'studio/recordings', 'live', 'talk'],
      page: () => import('./features/studio/live/StudioLivePage.svelte'),
    },
    {
      path: '/studio/live/recordings',
      also: ['studio/recordings'],
      title: 'recording.all',
      page: () => import('./features/studio/recordings/RecordingsPage.svelte'),
    },
    {
      path: '/studio/stations',
      also: ['studio/stations', 'stations'],
      page: () => import('./features/studio/stations/StationsPage.svelte'),
    },
    {
      path: '/studio/stations/:id',
      also: ['studio/stations', 'stations'],
      title: 'stations.edit',
      page: () => import('./features/studio/stations/EditStationPage.svelte'),
    },
    { path: '/studio/files', also: ['studio/files', 'studio/live'], page: () => import('./features/studio/files/FilesPage.svelte') },
    {
      path: '/studio/files/shares',
      also: ['studio/files', 'studio/live'],
      title: 'files.shares',
      page: () => import('./features/studio/files/SharesPage.svelte'),
    },
    { path: '/studio/gear', also: ['studio/gear'], page: () => import('./features/studio/gear/GearPage.svelte') },
    {
      path: '/studio/gear/:id',
      also: ['studio/gear'],
      title: 'gear.item',
      page: () => import('./features/studio/gear/EditGearPage.svelte'),
    },
  ]),
  ...within(() => import('./features/console/Console.svelte'), 'console', [
    { path: '/console', page: () => import('./features/console/reports/ReportsPage.svelte') },
    { path: '/console/members', page: () => import('./features/console/members/MembersPage.svelte') },
    { path: '/console/members/:id', also: ['console/admission'], page: () => import('./features/console/members/MemberPage.svelte') },
    { path: '/console/site', also: ['site'], page: () => import('./features/console/site/SitePage.svelte') },
    { path: '/console/appeals', page: () => import('./features/console/reports/AppealsPage.svelte') },
    { path: '/console/takedowns', page: () => import('./features/console/reports/TakedownsPage.svelte') },
    {
      path: '/console/copyright',
      also: ['console/copyright', 'studio'],
      page: () => import('./features/console/copyright/NoticesPage.svelte'),
    },
    { path: '/console/copyright/:id', also: ['console/copyright'], page: () => import('./features/console/copyright/NoticePage.svelte') },
    { path: '/console/history/:id', page: () => import('./features/console/reports/HistoryPage.svelte') },
    { path: '/console/sign-ups', also: ['console/admission'], page: () => import('./features/console/admission/SignUpsPage.svelte') },
    {
      path: '/console/invitations',
      also: ['console/admission'],
      page: () => import('./features/console/admission/InvitationsPage.svelte'),
    },
    {
      path: '/console/invitations/:id',
      also: ['console/admission'],
      page: () => import('./features/console/admission/InvitationTreePage.svelte'),
    },
    {
      path: '/console/mail-domains',
      also: ['console/admission'],
      page: () => import('./features/console/admission/MailDomainsPage.svelte'),
    },
    { path: '/console/erasures', page: () => import('./features/console/members/ErasuresPage.svelte') },
    { path: '/console/filters', page: () => import('./features/console/moderation/TextFiltersPage.svelte') },
    { path: '/console/bulk', page: () => import('./features/console/moderation/BulkPage.svelte') },
    { path: '/console/announcements', page: () => import('./features/console/site/AnnouncementsPage.svelte') },
    { path: '/console/flags', page: () => import('./features/console/site/FlagsPage.svelte') },
    { path: '/console/maintenance', page: () => import('./features/console/site/MaintenancePage.svelte') },
    { path: '/console/orders', also: ['shop'], page: () => import('./features/console/money/OrdersPage.svelte') },
    { path: '/console/refunds', page: () => import('./features/console/money/RefundsPage.svelte') },
    { path: '/console/commissions', page: () => import('./features/console/money/CommissionsPage.svelte') },
    { path: '/console/transfers', also: ['studio/selling', 'shop'], page: () => import('./features/console/money/TransfersPage.svelte') },
    { path: '/console/events', page: () => import('./features/console/money/EventsPage.svelte') },
    { path: '/console/ledger', also: ['shop'], page: () => import('./features/console/money/LedgerPage.svelte') },
    { path: '/console/tax-rates', page: () => import('./features/console/money/TaxRatesPage.svelte') },
    { path: '/console/health', page: () => import('./features/console/system/HealthPage.svelte') },
    { path: '/console/storage', page: () => import('./features/console/system/StoragePage.svelte') },
    { path: '/console/backups', also: ['console/repair'], page: () => import('./features/console/repair/BackupsPage.svelte') },
    { path: '/console/failed-tracks', also: ['console/repair'], page: () => import('./features/console/repair/FailedTracksPage.svelte') },
    { path: '/console/held-mails', also: ['console/repair'], page: () => import('./features/console/repair/HeldMailsPage.svelte') },
    { path: '/console/jobs', page: () => import('./features/console/system/JobsPage.svelte') },
    { path: '/console/audit', page: () => import('./features/console/system/AuditPage.svelte') },
    { path: '/console/settings', page: () => import('./features/console/system/SettingsPage.svelte') },
  ]),
  // Tokens and components: only beside a server of developers, and never part of the build.
  ...(import.meta.env.DEV ? [{ path: '/design', area: 'listen' as const, page: () => import('./features/design/DesignPage.svelte') }] : []),
];
