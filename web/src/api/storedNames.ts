/** The names in `localStorage` that are read before the application runs, too. */

/** When the access token expires, in ms: tabs share it as they share the cookies. It is no secret. */
export const SESSION = 'veza.session';
/** The language that was chosen in this browser. */
export const LANGUAGE = 'veza.language';
