/** Whether there is a network, and whether the server answers. */

const FIRST_MS = 3000;
const MAX_MS = 30_000;

export const network = $state({ isOnline: navigator.onLine, isReachable: true });

let delay = FIRST_MS;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Watch the network. Called once. */
export function startNetwork(): void {
  addEventListener('online', () => {
    network.isOnline = true;
    if (!network.isReachable) probe();
  });
  addEventListener('offline', () => (network.isOnline = false));
}

/** Remember that a request got an answer, whatever it was. */
export function answered(): void {
  if (network.isReachable) return;
  network.isReachable = true;
  delay = FIRST_MS;
  clearTimeout(timer);
}

/** Remember that a request got no answer, and ask until there is one. */
export function unanswered(): void {
  if (!network.isReachable) return;
  network.isReachable = false;
  timer = setTimeout(probe, delay);
}

function probe(): void {
  clearTimeout(timer);
  delay = Math.min(delay * 2, MAX_MS);
  fetch('/api/v1/healthz', { cache: 'no-store' }).then(answered, () => {
    timer = setTimeout(probe, delay);
  });
}
