/** The build of hls.js without subtitles, alternative audio and DRM, which live streams don't have. */
declare module 'hls.js/light' {
  export { default } from 'hls.js';
  export * from 'hls.js';
}
