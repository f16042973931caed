/** The address for encoders that send SRT, with the key as its passphrase. */
export function srtAddress(url: string, key: string): string {
  return `${url}&passphrase=${encodeURIComponent(key)}`;
}
