// What happens now: the problems first, then all that is in progress. One stream of events has all of it.
import {clock, count, dollars, el, elapsed, many, serverTime, show, since, state, table, trace, tracesAt} from './view.js';

const sections = {};
let source = null;

const lines = {
  problems(list) {
    const summary = document.getElementById('now-summary');
    const errors = list.filter((problem) => problem.severity === 'error').length;
    summary.className = 'summary ' + (list.length === 0 ? 'good' : errors > 0 ? 'bad' : '');
    const text = list.length === 0
      ? 'No problems.'
      : `${many(list.length, 'problem', 'problems')}: ${list.slice(0, 3).map((problem) => `${problem.part}: ${problem.kind}`).join('; ')}`;
    if (summary.textContent !== text) summary.textContent = text;
    document.title = (list.length ? `(${list.length}) ` : '') + (document.title.replace(/^\(\d+\) /, ''));
    document.getElementById('now-problems').replaceChildren(...list.map(problem));
  },
  totals(totals) {
    const stages = Object.entries(totals.stages).map(([stage, number]) => `${number} in ${stage}`);
    show('now-totals', `${many(totals.requests, 'request', 'requests')} in progress${stages.length ? ': ' + stages.join(', ') : ''}. `
      + `Spent since the start: ${dollars(totals.spent_micro_usd)}. `
      + `Replies that are stored for their sinks: ${count(totals.undelivered)}.`);
  },
  endpoints(list) {
    show('now-endpoints', table('Endpoints', [
      {title: 'Endpoint', cell: (row) => el('span', {title: row.url}, row.name)},
      {title: 'State', cell: (row) => state(row.state, row.state === 'available' ? 'good' : row.state === 'slow start' ? 'warn' : 'bad')},
      {title: 'Since', cell: (row) => row.since ? since(row.since) : ''},
      {title: 'Reason', long: true, cell: (row) => row.reason},
      {title: 'Breaker', cell: (row) => row.breaker},
      {title: 'In flight', number: true, cell: (row) => row.in_flight + (row.limit ? ` of ${row.limit}` : '')},
      {title: 'No token yet', number: true, cell: (row) => row.waiting},
      {title: 'Queued', number: true, cell: (row) => row.queued},
      {title: 'First token', number: true, cell: (row) => row.first_token_ms ? `${count(row.first_token_ms)} ms` : '–'},
      {title: 'Quota left', number: true, cell: (row) => `${row.quota_left_percent} %`},
      {title: 'Credential', cell: (row) => row.credential},
    ], list, 'No endpoints.'));
  },
  requests(list) {
    show('now-requests', table('Requests in progress', [
      {title: 'Request', cell: (row) => row.id},
      {title: 'Stage', cell: (row) => state(row.stage, row.stage === 'reply' ? 'good' : row.stage === 'call' ? '' : 'warn')},
      {title: 'For', number: true, cell: (row) => elapsed(row.started)},
      {title: 'Tenant', cell: (row) => row.tenant},
      {title: 'Source', cell: (row) => row.source},
      {title: 'Model', cell: (row) => row.model},
      {title: 'Endpoint', cell: (row) => row.endpoint || '–'},
      {title: 'Attempt', number: true, cell: (row) => row.attempts},
      {title: 'Tokens so far', number: true, cell: (row) => count(row.tokens)},
      {title: 'First token', number: true, cell: (row) => row.first_token_ms === undefined ? '–' : `${count(row.first_token_ms)} ms`},
      {title: 'Trace', cell: (row) => trace(row.trace)},
    ], list, 'No requests are in progress.'));
  },
  sinks(list) {
    show('now-sinks', table('Sinks', [
      {title: 'Sink', cell: (row) => row.name},
      {title: 'State', cell: (row) => state(row.state, row.state === 'ok' ? 'good' : row.state === 'slow' ? 'warn' : 'bad')},
      {title: 'Since', cell: (row) => row.since ? since(row.since) : ''},
      {title: 'Buffer', cell: (row) => row.room
        ? el('span', {}, el('meter', {min: 0, max: row.room, value: Math.min(row.messages, row.room), 'aria-label': 'buffer used'}), ` ${row.messages} of ${row.room}`)
        : 'empty'},
      {title: 'Replies', number: true, cell: (row) => row.replies ?? 0},
      {title: 'Reason', long: true, cell: (row) => row.reason ?? ''},
    ], list, 'No sinks.'));
  },
  credentials(list) {
    show('now-credentials', table('Credentials', [
      {title: 'Credential', cell: (row) => row.name},
      {title: 'State', cell: (row) => state(row.usable ? 'usable' : 'not usable', row.usable ? 'good' : 'bad')},
      {title: 'Detail', long: true, cell: (row) => row.detail},
      {title: 'Endpoints', cell: (row) => row.endpoints.join(', ')},
    ], list, 'No credentials are used.'));
  },
  budgets(list) {
    show('now-budgets', table('Budgets', [
      {title: 'Tenant', cell: (row) => row.tenant},
      {title: 'Used', cell: (row) => {
        const used = row.limit_micro_usd - row.left_micro_usd;
        const share = row.limit_micro_usd ? Math.round(100 * used / row.limit_micro_usd) : 100;
        return el('span', {}, el('meter', {min: 0, max: 100, high: 90, value: share, 'aria-label': 'share of the budget used'}), ` ${share} %`);
      }},
      {title: 'Left', number: true, cell: (row) => `${dollars(row.left_micro_usd)} of ${dollars(row.limit_micro_usd)} per ${row.period}`},
      {title: 'Until', cell: (row) => clock(row.ends)},
      {title: 'Refused since', cell: (row) => row.refused_since ? since(row.refused_since) : ''},
    ], list, 'No budgets are set.'));
  },
  sources(list) {
    show('now-sources', table('Paused sources', [
      {title: 'Source', cell: (row) => row.name},
      {title: 'Since', cell: (row) => since(row.since)},
      {title: 'Reason', long: true, cell: (row) => `${row.kind}: ${row.reason}`},
    ], list, 'No source is paused.'));
  },
  batches(batches) {
    const prompts = Object.entries(batches.prompts ?? {}).map(([word, number]) => `${number} ${word}`).join(', ');
    show('now-batches',
      el('p', {class: 'none'}, prompts ? `Prompts: ${prompts}.` : 'No prompts for batches.'),
      ...((batches.batches ?? []).length ? [table('Batches', [
        {title: 'Batch', cell: (row) => row.id},
        {title: 'State', cell: (row) => row.state},
        {title: 'Endpoint', cell: (row) => row.endpoint},
        {title: 'Items', number: true, cell: (row) => row.items},
        {title: 'Left', number: true, cell: (row) => row.left},
        {title: 'Formed', cell: (row) => row.formed ? clock(row.formed) : ''},
      ], batches.batches.slice(0, 8), '')] : []));
  },
  ledger(ledger) {
    show('now-ledger', state(ledger.state, ledger.state === 'written' ? 'good' : 'bad'),
      ledger.since ? el('span', {}, ' since ', since(ledger.since), ': ', ledger.reason) : '');
  },
};

function problem(it) {
  const cost = [];
  if (it.cost.failed_requests) cost.push(`${many(it.cost.failed_requests, 'request', 'requests')} failed`);
  if (it.cost.failed_calls) cost.push(`${many(it.cost.failed_calls, 'call', 'calls')} failed or wait`);
  if (it.cost.waiting) cost.push(`${many(it.cost.waiting, 'waits', 'wait')} now`);
  cost.push(it.kind === 'exhausted budget' ? `${dollars(it.cost.micro_usd)} of the budget used` : `${dollars(it.cost.micro_usd)} paid`);
  const isError = it.severity === 'error';
  return el('li', {class: 'problem' + (isError ? ' error' : '')},
    el('h2', {}, el('span', {class: 'word'}, isError ? '✖ Error' : '▲ Warning'), ` ${it.part}: ${it.kind}`),
    el('dl', {},
      el('div', {}, el('dt', {}, 'Since'), el('dd', {}, it.since ? since(it.since) : 'not known')),
      el('div', {}, el('dt', {}, 'Cost so far'), el('dd', {}, cost.join(', ')))),
    el('p', {}, it.reason),
    it.remedy ? el('p', {}, 'What to do: ' + it.remedy) : null);
}

function take(data) {
  if (data.at) serverTime(data.at);
  if (data.trace_url !== undefined) tracesAt(data.trace_url);
  for (const [name, value] of Object.entries(data)) {
    sections[name] = value;
    lines[name]?.(value);
  }
}

const HIDDEN_MILLIS = 30_000;
let closing = null;

/** A browser has few connections to a host: a tab that nobody sees gives its one back. */
function visible() {
  clearTimeout(closing);
  if (document.hidden) {
    closing = setTimeout(() => { source?.close(); source = null; }, HIDDEN_MILLIS);
  } else if (!source) {
    connect();
  }
}

function connect() {
  const link = document.getElementById('link');
  const mine = new EventSource('/console/api/now/events');
  source = mine;
  mine.onopen = () => { link.textContent = 'Live'; link.classList.remove('lost'); };
  mine.onerror = () => {
    if (!link.classList.contains('lost')) {
      link.classList.add('lost');
      link.textContent = `Connection to the bundle lost at ${clock(Date.now())}`;
    }
    if (mine.readyState === EventSource.CLOSED) {
      setTimeout(() => { if (source === mine) connect(); }, 2000);
    }
  };
  mine.addEventListener('state', (event) => take(JSON.parse(event.data)));
  mine.addEventListener('change', (event) => take(JSON.parse(event.data)));
}

/** Connects for as long as the page is seen: problems are counted in the title on each page. */
export function start() {
  for (const name of ['budgets', 'ledger']) if (!sections[name]) document.getElementById('now-' + name).textContent = '';
  document.addEventListener('visibilitychange', visible);
  connect();
}
