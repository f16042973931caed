"""Fills in all forms of a page with what is refused, and looks at what the page says of it."""

# Spoils what forms write, so that the real server refuses each field, and nothing changes; notes
# its words. What has no body would change something: it is refused here.
SPOILED = """
window.said = [];
window.dialogs = new Set();
window.asPage = [];
window.asMember = [];
const send = window.fetch;
const spoil = value => Array.isArray(value) ? value.map(spoil)
  : value && typeof value === 'object'
  ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spoil(each)]))
  : 'x'.repeat(20001);
const refused = {success: false, error: 'No.', code: 'refused', request_id: 'r-1'};
window.fetch = async (given, options) => {
  const asked = given instanceof Request ? given : new Request(given, options);
  if (asked.method === 'GET' || !window.isSpoiling) return send(given, options);
  const path = new URL(asked.url).pathname;
  const profile = JSON.parse(sessionStorage.getItem('veza.acting'))?.id;
  const sent = asked.headers.has('x-veza-profile') ? window.asPage : window.asMember;
  // What the address names is whom it is about.
  if (!path.includes(profile)) sent.push(`${asked.method} ${path}`);
  const text = await asked.clone().text();
  const answer = text === '' ? Response.json(refused, {status: 409})
    : await send(new Request(asked, {body: JSON.stringify(spoil(JSON.parse(text)))}));
  const body = await answer.clone().json();
  window.said.push(...(body.details ?? []).map(each => each.message), body.error ?? '');
  return answer;
};
"""

# Each form is sent empty, and then with values that the server refuses. Gives what is wrong.
FILL_ALL_FORMS = """
(async () => {
  const found = [];
  const idle = () => new Promise(over => setTimeout(over, 30));
  const type = (field, value) => {
    field.value = value;
    field.dispatchEvent(new Event('input', {bubbles: true}));
  };
  const values = {email: 'a', date: '2030-01-01', 'datetime-local': '2030-01-01T10:00'};
  const closed = 'main [aria-expanded=false]:not(form *)';
  const fillIn = async form => {
    const texts = [...form.elements].filter(each => each.willValidate && each.name !== 'q'
      && each.matches('textarea, input:not([type=checkbox], [type=radio], [type=file])')
      && each.getClientRects().length);
    if (!form.isConnected || texts.length === 0) return;
    window.forms += 1;
    window.said = [];
    window.asPage = [];
    window.asMember = [];
    window.isSpoiling = true;
    for (const each of texts) type(each, '');
    form.requestSubmit();
    await idle();
    for (const each of texts.filter(one => one.isConnected && !one.validity.valid)) {
      const hint = document.getElementById(each.getAttribute('aria-describedby'))?.innerText;
      const name = each.name || each.id;
      if (form.noValidate) continue;
      if (!hint?.trim()) found.push(`nothing beside ${name}`);
      if (hint === each.validationMessage) found.push(`words of the browser beside ${name}`);
    }
    form.noValidate = true;
    for (const each of texts) type(each, values[each.type] ?? '7');
    form.requestSubmit();
    for (let n = 0; n < 40 && (window.unanswered > 0 || n < 2); n += 1) await idle();
    window.isSpoiling = false;
    if (window.asPage.length) window.ofPage += 1;
    const isNamed = !!form.querySelector('.acting-as');
    if (!isNamed && window.asPage.length)
      found.push(`does not say as whom it sends: ${window.asPage}`);
    if (isNamed && window.asMember.length)
      found.push(`says that a page sends: ${window.asMember}`);
    const shown = document.body.innerText;
    const english = window.said.filter(each => each.length > 3 && shown.includes(each));
    if (english.length) found.push(`English: ${english.join(' | ')}`);
    if (/Expected `|\\b(undefined|NaN)\\b/.test(shown)) found.push('words of the program');
    if (window.said.some(Boolean) && form.isConnected && !document.querySelector(
        '[role=alert], .toast, [aria-invalid=true]'))
      found.push(`nothing is said of ${window.said}: ${form.innerText.slice(0, 60)}`);
  };
  for (const each of document.querySelectorAll(closed)) { each.click(); await idle(); }
  for (const form of document.querySelectorAll('main form')) await fillIn(form);
  const dialogs = new Map([...document.querySelectorAll('main [aria-haspopup=dialog]:enabled')]
    .filter(each => each.ariaDisabled !== 'true').map(each => [each.innerHTML, each]));
  for (const opener of dialogs.values()) {
    const open = () => document.querySelector('dialog[open]');
    opener.click();
    for (let n = 0; n < 60 && (!open() || open().querySelector('[aria-busy=true]')); n += 1)
      await idle();
    if (!open() && opener.isConnected) found.push(`no dialog: ${opener.outerHTML}`);
    window.dialogs.add(open()?.innerText);
    for (const form of document.querySelectorAll('dialog[open] form')) await fillIn(form);
    for (const each of document.querySelectorAll('dialog[open]')) each.close();
    await idle();
  }
  return found;
})()
"""
