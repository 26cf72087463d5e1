// Each effective setting with its origin. Secrets never leave the bundle.
import {count, el, fetchJson, many, show, state, table} from './view.js';

const get = (id) => document.getElementById(id);
let rows = [];

/** The page is shown. */
export async function open() {
  const status = get('settings-status');
  try {
    const told = await fetchJson('/console/api/settings');
    rows = told.settings;
    status.className = 'summary';
    get('settings-notices').replaceChildren(...Object.entries(told.notices).map(([name, text]) =>
      el('li', {class: 'problem'}, el('p', {}, el('span', {class: 'word'}, '▲ ' + name), ' ' + text))));
    const origins = [...new Set(rows.map((row) => row.origin))].sort();
    const chosen = get('settings-origin').value;
    get('settings-origin').replaceChildren(el('option', {value: ''}, 'any'), ...origins.map((origin) => el('option', {value: origin}, origin)));
    get('settings-origin').value = origins.includes(chosen) ? chosen : '';
    render();
  } catch (failure) {
    status.className = 'summary bad';
    status.textContent = failure.message;
  }
}

function render() {
  const text = get('settings-filter').value.trim().toLowerCase();
  const origin = get('settings-origin').value;
  const live = get('settings-live').checked;
  const shown = rows.filter((row) => (!text || row.key.includes(text) || row.value.toLowerCase().includes(text))
    && (!origin || row.origin === origin) && (!live || row.live));
  get('settings-status').textContent = `${count(shown.length)} of ${many(rows.length, 'setting', 'settings')}`;
  show('settings-list', table('Effective settings', [
    {title: 'Setting', cell: (row) => el('code', {}, row.key)},
    {title: 'Value', long: true, cell: (row) => row.secret ? state('secret, set', 'warn') : row.value === '' ? el('span', {class: 'none'}, 'empty') : row.value},
    {title: 'Origin', cell: (row) => row.origin},
    {title: 'Changes', cell: (row) => row.live ? 'live' : 'with a restart'},
  ], shown, 'No setting fits.'));
}

export function start() {
  get('settings-form').addEventListener('submit', (event) => event.preventDefault());
  for (const id of ['settings-filter', 'settings-origin', 'settings-live']) get(id).addEventListener('input', render);
}
