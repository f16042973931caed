/** Scroll a strip of links, on a phone, so that the current one is seen: `{@attach reveal}`. */
export function reveal(strip: HTMLElement): void {
  const current = strip.querySelector<HTMLElement>('[aria-current]');
  if (current) strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}
