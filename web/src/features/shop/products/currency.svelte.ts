/** The currency that who uses this browser wants to see prices in: remembered for all pages. */

const STORED = 'veza.currency';

let chosen = $state.raw(read());

/** Return the chosen currency; null if none was chosen. */
export function chosenCurrency(): string | null {
  return chosen;
}

/** Show prices in a currency from now on, where there are some. */
export function chooseCurrency(currency: string): void {
  localStorage.setItem(STORED, currency);
  chosen = currency;
}

function read(): string | null {
  const stored = localStorage.getItem(STORED);
  return stored !== null && /^[A-Z]{3}$/.test(stored) ? stored : null;
}

addEventListener('storage', (event) => {
  if (event.key === null || event.key === STORED) chosen = read();
});
