// What was spent, by day, tenant, model, source and endpoint. One request has all of it.
import {clock, count, dollars, el, fetchJson, many, show, table} from './view.js';

const get = (id) => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';

/** The page is shown. */
export async function open() {
  const status = get('spent-status');
  const query = new URLSearchParams();
  if (get('spent-from').value) query.set('from', get('spent-from').value);
  if (get('spent-to').value) query.set('to', get('spent-to').value);
  try {
    const spent = await fetchJson('/console/api/spent?' + query);
    status.className = 'summary';
    get('spent-from').value = spent.from;
    get('spent-to').value = spent.to;
    get('spent-csv').href = '/console/api/spent.csv?' + query;
    render(spent);
  } catch (failure) {
    status.className = 'summary bad';
    status.textContent = failure.message;
  }
}

const all = (row) => row.cost_micro_usd + row.estimated.cost_micro_usd;

function render(spent) {
  const totals = spent.totals;
  get('spent-status').textContent = `${dollars(all(totals))} in ${many(totals.attempts, 'attempt', 'attempts')}`;
  show('spent-more', [
    `${many(totals.calls, 'call', 'calls')}`,
    `${count(totals.input_tokens)} tokens in, ${count(totals.output_tokens)} out`,
    `${dollars(totals.estimated.cost_micro_usd)} of it estimated for ${many(totals.estimated.attempts, 'broken call', 'broken calls')}`,
    `${count(totals.unknown.attempts)} of unknown cost`, `${count(totals.rejected.attempts)} rejected`,
    `${count(totals.cache_hits)} from the cache, ${count(totals.joined)} joined`, `${count(spent.open_attempts)} open`,
  ].join(' · ') + (spent.problem ? ` · ${spent.problem}` : ''));
  show('spent-chart', chart(spent.by.day));
  for (const name of ['tenant', 'model', 'source', 'endpoint']) {
    const rows = [...spent.by[name]].sort((left, right) => all(right) - all(left));
    show('spent-' + name, sums(name, rows, Math.max(1, all(totals))));
  }
  show('spent-day', sums('day', [...spent.by.day].reverse(), Math.max(1, all(totals))));
  show('spent-budgets', table('Budgets', [
    {title: 'Tenant', cell: (row) => row.tenant},
    {title: 'Used', cell: (row) => share(row.limit_micro_usd - row.left_micro_usd, row.limit_micro_usd, 'share of the budget used')},
    {title: 'Limit', number: true, cell: (row) => `${dollars(row.limit_micro_usd)} per ${row.period}`},
    {title: 'Left', number: true, cell: (row) => dollars(row.left_micro_usd)},
    {title: 'Period ends', cell: (row) => clock(row.ends)},
  ], spent.budgets, 'No budgets are set.'));
  show('spent-unknown', table('Unknown usage', [
    {title: 'Attempt of', cell: (row) => row.prompt},
    {title: 'At', cell: (row) => clock(row.at)},
    {title: 'Tenant', cell: (row) => row.tenant},
    {title: 'Model', cell: (row) => row.model},
    {title: 'Endpoint', cell: (row) => row.endpoint},
    {title: 'Reason', long: true, cell: (row) => row.reason ?? ''},
  ], spent.unknown_attempts.slice(0, 100), 'The cost of each attempt is known.'));
  reconciliation(spent.reconciliation);
}

function share(part, whole, label) {
  const percent = whole ? Math.round(100 * part / whole) : 0;
  return el('span', {class: 'share'}, el('meter', {min: 0, max: 100, value: Math.min(100, percent), 'aria-label': label}), ` ${percent} %`);
}

function sums(name, rows, total) {
  return table('Cost by ' + name, [
    {title: name[0].toUpperCase() + name.slice(1), cell: (row) => row.name},
    {title: 'Cost', number: true, cell: (row) => dollars(all(row))},
    {title: 'Share', cell: (row) => share(all(row), total, 'share of the cost')},
    {title: 'Attempts', number: true, cell: (row) => count(row.attempts)},
    {title: 'Tokens in', number: true, cell: (row) => count(row.input_tokens)},
    {title: 'Tokens out', number: true, cell: (row) => count(row.output_tokens)},
    {title: 'Unknown', number: true, cell: (row) => count(row.unknown.attempts)},
  ], rows, 'Nothing was spent in these days.');
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function chart(days) {
  if (days.length < 2) return '';
  const most = Math.max(...days.map(all), 1);
  const width = 900 / days.length;
  const bars = days.map((day, index) => {
    const height = Math.max(1, 108 * all(day) / most);
    const bar = svg('rect', {class: 'bar', x: 10 + index * width, y: 130 - height, width: Math.max(1, width - 2), height});
    bar.append(svg('title', {}, `${day.name}: ${dollars(all(day))}`));
    return bar;
  });
  return svg('svg', {class: 'picture', viewBox: '0 0 920 155', role: 'img', 'aria-label': `Cost of ${days.length} days; the table has the figures`},
    ...bars,
    svg('text', {x: 10, y: 150}, days[0].name),
    svg('text', {x: 910, y: 150, 'text-anchor': 'end'}, days[days.length - 1].name),
    svg('text', {class: 'soft', x: 910, y: 12, 'text-anchor': 'end'}, 'highest day ' + dollars(most)));
}

function reconciliation(last) {
  if (!last || Object.keys(last).length === 0) {
    show('spent-reconciliation', el('p', {class: 'none'}, 'There was none: claude.ledger.reconciliation.credential names a credential with an admin key.'));
    return;
  }
  const differences = last.differences ?? [];
  const columns = Object.keys(differences[0] ?? {}).map((key) => ({title: key.replace(/_/g, ' '), cell: (row) => String(row[key])}));
  show('spent-reconciliation',
    el('p', {class: last.failure ? 'bad-text' : 'none'}, last.failure
      ? `Failed at ${clock(last.at)}: ${last.failure}`
      : `At ${clock(last.at)}: ${many(differences.length, 'difference', 'differences')} with the report of endpoint ${last.endpoint}.`),
    ...(differences.length ? [table('Differences', columns, differences.slice(0, 100), '')] : []));
}

export function start() {
  get('spent-form').addEventListener('submit', (event) => { event.preventDefault(); open(); });
}
