/**
 * The payment form of Hyperswitch. The server names it in the page that it sends for the checkout, whose
 * policy alone admits its script. So the checkout is always a page of its own: it is loaded anew when
 * it is reached from within the application, and so is the page after it.
 */

export interface PaymentForm {
  script_url: string;
  api_url: string;
  publishable_key: string;
}

/** What is used of the script, see docs.hyperswitch.io. */
interface Widgets {
  create: (kind: 'payment', options: object) => { mount: (selector: string) => void };
}
interface Confirmation {
  error?: { type?: string; message?: string };
  status?: string;
}
interface Hyper {
  widgets: (options: { clientSecret: string; locale?: string }) => Widgets;
  confirmPayment: (options: { widgets: Widgets; confirmParams: { return_url: string }; redirect: 'if_required' }) => Promise<Confirmation>;
}
declare global {
  var Hyper: ((key: string, options: { customBackendUrl: string }) => Hyper) | undefined;
}

/** Whether the server sent this document for a checkout. */
export function isCheckoutDocument(): boolean {
  const [entry] = performance.getEntriesByType('navigation');
  return entry !== undefined && new URL(entry.name, location.href).pathname.startsWith('/checkout/');
}

/** Return the payment form that the server named, or null if it has none. */
export function findPaymentForm(
  text = document.querySelector('meta[name="veza-payment-form"]')?.getAttribute('content'),
): PaymentForm | null {
  return text ? (JSON.parse(text) as PaymentForm) : null;
}

/** A payment that can be confirmed in the page. */
export interface OpenPayment {
  /** Confirm it. Returns whether the bank has yet to be asked, or why it was refused. */
  confirm: (returnUrl: string) => Promise<{ isRefused: boolean; message: string | null }>;
}

/** Load the script, and show the form in an element. Throws if it can't be loaded. */
export async function openPayment(form: PaymentForm, clientSecret: string, selector: string, locale: string): Promise<OpenPayment> {
  await loadScript(form.script_url);
  if (!globalThis.Hyper) throw new Error('The script of the payment form defines nothing.');
  const hyper = globalThis.Hyper(form.publishable_key, { customBackendUrl: form.api_url });
  const widgets = hyper.widgets({ clientSecret, locale });
  widgets.create('payment', {}).mount(selector);
  return {
    async confirm(returnUrl) {
      const { error, status } = await hyper.confirmPayment({ widgets, confirmParams: { return_url: returnUrl }, redirect: 'if_required' });
      return { isRefused: error !== undefined || status === 'failed', message: error?.message ?? null };
    },
  };
}

function loadScript(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${url} can't be loaded.`));
    document.head.append(script);
  });
}
