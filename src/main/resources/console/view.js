// Small helpers that make elements. Text is always set as text, never as HTML.

/** An element: el('p', {class: 'x', title: 'y'}, 'text', child). */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** A table in a region that scrolls. Columns: {title, number, cell(row)}; a cell is a text or an element. */
export function table(label, columns, rows, none) {
  if (!rows || rows.length === 0) return el('p', {class: 'none'}, none);
  const head = el('tr', {}, ...columns.map((column) => el('th', {scope: 'col', class: column.number ? 'number' : null}, column.title)));
  const body = rows.map((row) => el('tr', {}, ...columns.map((column, index) => {
    const content = column.cell(row);
    return index === 0
      ? el('th', {scope: 'row'}, content ?? '')
      : el('td', {class: column.number ? 'number' : column.long ? 'long' : null}, content ?? '');
  })));
  return el('div', {class: 'scroll', role: 'region', 'aria-label': label, tabindex: '0'},
    el('table', {}, el('thead', {}, head), el('tbody', {}, ...body)));
}

/** Replaces the content of an element, and keeps the place to which it was scrolled and its focus. */
export function show(id, ...content) {
  const place = document.getElementById(id);
  const region = place.querySelector('.scroll');
  const left = region ? region.scrollLeft : 0;
  const focused = region !== null && region === document.activeElement;
  place.replaceChildren(...content);
  const next = place.querySelector('.scroll');
  if (next && left) next.scrollLeft = left;
  if (next && focused) next.focus({preventScroll: true});
}

/** Micro-dollars as dollars. */
export function dollars(micro) {
  if (micro === null || micro === undefined) return 'unknown';
  const value = micro / 1e6;
  return '$' + (value !== 0 && Math.abs(value) < 1 ? value.toFixed(value < 0.01 ? 6 : 4)
    : value.toLocaleString('en', {minimumFractionDigits: 2, maximumFractionDigits: 2}));
}

export const count = (number) => (number ?? 0).toLocaleString('en');
export const many = (number, one, more) => `${count(number)} ${number === 1 ? one : more}`;

/** A time of day, with the date if it is not today. */
export function clock(time) {
  const date = new Date(time);
  const text = date.toLocaleTimeString('en-GB');
  return date.toDateString() === new Date().toDateString() ? text : date.toISOString().slice(0, 10) + ' ' + text;
}

/** A duration in words. */
export function span(millis) {
  const seconds = Math.max(0, Math.round(millis / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

let skew = 0;

/** The time of the bundle, whose clock may differ from the one of this machine. */
export function serverTime(at) { skew = at - Date.now(); }

/** How long something has lasted; it is updated each second. */
export function elapsed(since) {
  const element = el('span', {'data-since': String(new Date(since).getTime())});
  element.textContent = span(Date.now() + skew - new Date(since).getTime());
  return element;
}

setInterval(() => {
  if (document.hidden) return;
  for (const element of document.querySelectorAll('[data-since]')) {
    element.textContent = span(Date.now() + skew - Number(element.dataset.since));
  }
}, 1000);

/** A time and how long ago it was. */
export function since(time) {
  if (!time) return 'unknown';
  return el('span', {}, el('time', {datetime: new Date(time).toISOString()}, clock(time)), ' (', elapsed(time), ')');
}

export function state(word, kind) { return el('span', {class: 'state ' + kind}, word); }

let traceUrl = '';

/** Where traces are shown: a URL with {trace} in place of the id, or nothing. */
export function tracesAt(url) { traceUrl = url; }

/** The id of a trace, with a link if there is a page for it. */
export function trace(id) {
  if (!id) return '';
  return traceUrl && /^[0-9a-f]{32}$/.test(id)
    ? el('a', {href: traceUrl.replace('{trace}', id), rel: 'noreferrer', target: '_blank'}, id)
    : el('code', {}, id);
}

/** Asks for JSON; an error has the message of the bundle. */
export async function fetchJson(path, options) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Error(body?.error?.message ?? `status ${response.status}`);
  return body;
}
