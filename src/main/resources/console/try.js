// Sends a prompt and shows its reply token by token. The id of the reply outlives a reload, and the reply with it.
import {count, dollars, el, fetchJson, trace} from './view.js';

const KEY = 'claude-routes-try';
const get = (id) => document.getElementById(id);
const fields = {
  prompt: 'try-prompt', model: 'try-model', system: 'try-system', max_tokens: 'try-max', strategy: 'try-strategy', tenant: 'try-tenant',
  cache: 'try-cache', checks: 'try-checks', temperature: 'try-temperature', effort: 'try-effort', thinking_budget: 'try-thinking',
};
let options = {gateway: '', model: '', max_tokens: 1024};
let hasOptions = false;
let source = null;
let current = null;

function store(value) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(value));
  } catch { /* storage is off */ }
}

function stored() {
  try { return JSON.parse(sessionStorage.getItem(KEY)); } catch { return null; }
}

function values() {
  const result = {};
  for (const [name, id] of Object.entries(fields)) {
    const value = get(id).value;
    if (value.trim()) result[name] = value;
  }
  return result;
}

function status(text, isBad) {
  const place = get('try-status');
  if (place.textContent !== text) place.textContent = text;
  place.className = isBad ? 'bad-text' : 'none';
}

function working(isWorking) {
  get('try-send').disabled = isWorking;
  get('try-cancel').disabled = !isWorking;
  get('try-reply').setAttribute('aria-busy', String(isWorking));
}

/** Sends the prompt of the form, or another one with the options of the form. */
export async function send(prompt) {
  if (prompt !== undefined) get('try-prompt').value = prompt;
  const body = values();
  if (!body.prompt || get('try-send').disabled) return;
  close();
  clear();
  working(true);
  status('The prompt is sent …');
  try {
    const {id} = await fetchJson('/console/api/try', {
      method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(body),
    });
    store({id, form: body});
    follow(id);
  } catch (refused) {
    working(false);
    status(refused.message, true);
  }
}

async function cancel() {
  if (!current) return;
  status('Cancelling …');
  await fetchJson(`/console/api/try/${current}/cancel`, {
    method: 'POST', headers: {'content-type': 'application/json'}, body: '{}',
  }).catch((failure) => status(failure.message, true));
}

function clear() {
  get('try-reply').replaceChildren();
  get('try-facts').replaceChildren();
  get('try-problem').textContent = '';
}

function close() {
  source?.close();
  source = null;
}

/** Reads a reply from its begin. After a broken connection the browser goes on behind the last event that it has. */
function follow(id) {
  current = id;
  working(true);
  source = new EventSource(`/console/api/try/${id}/events`);
  let last = null;
  source.addEventListener('content_block_delta', (event) => delta(JSON.parse(event.data).delta));
  source.addEventListener('content_block_start', (event) => {
    const block = JSON.parse(event.data).content_block;
    if (block.type === 'tool_use') append(`[tool ${block.name}] `, 'thinking');
    else if (block.text) append(block.text);
  });
  source.addEventListener('restart', () => append('\n[The bundle was stopped. The reply to a new call follows.]\n', 'thinking'));
  source.addEventListener('facts', (event) => { last = JSON.parse(event.data); facts(last); });
  source.addEventListener('end', (event) => {
    close();
    working(false);
    const problem = JSON.parse(event.data).problem;
    if (problem) status(problem, true);
    else if (!last) status('The reply has ended.');
  });
  source.onerror = () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    close();
    working(false);
    status('This reply is no longer retained.', true);
  };
}

function delta(part) {
  if (part.type === 'text_delta') append(part.text);
  else if (part.type === 'thinking_delta') append(part.thinking, 'thinking');
  else if (part.type === 'input_json_delta') append(part.partial_json, 'thinking');
}

function append(text, kind) {
  const place = get('try-reply');
  const last = place.lastElementChild;
  if (last && last.className === (kind ?? '')) last.firstChild.appendData(text);
  else if (text) place.append(el('span', {class: kind ?? ''}, document.createTextNode(text)));
}

function facts(now) {
  const rows = [
    ['Cost', now.cost_micro_usd === undefined ? (now.done ? 'unknown' : '…') : dollars(now.cost_micro_usd)],
    ['Tokens in', now.input_tokens === undefined ? '…' : count(now.input_tokens)],
    ['Tokens out', now.output_tokens === undefined ? `about ${count(now.tokens_so_far)}` : count(now.output_tokens)],
    ['First token', now.first_token_ms === undefined ? '…' : `${count(now.first_token_ms)} ms`],
    ['Duration', now.duration_ms === undefined ? '…' : `${count(now.duration_ms)} ms`],
    ['Cache', now.cache],
    ['Endpoint', now.endpoint || '–'],
    ['Attempts', String(now.attempts)],
    ['Model', now.model],
    ['Redacted', now.redacted.length ? now.redacted.join(', ') : 'nothing'],
    ['Checks passed', now.checks_passed?.length ? now.checks_passed.join(', ') : '–'],
  ];
  if (now.check_failed) rows.push(['Check failed', `${now.check_failed.name}: ${now.check_failed.reason}`]);
  if (now.strategy) rows.push(['Strategy', now.strategy]);
  if (now.rounds > 1) rows.push(['Rounds', String(now.rounds)]);
  if (now.stop_reason) rows.push(['Stop reason', now.stop_reason]);
  if (now.request_id) rows.push(['Request id', now.request_id]);
  if (now.trace) rows.push(['Trace id', trace(now.trace)]);
  rows.push(['Prompt id', now.prompt_id]);
  get('try-facts').replaceChildren(...rows.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))));
  if (!now.done) status(`In stage ${now.stage} …`);
  else if (now.error?.cancelled) status('Cancelled.');
  else if (now.error) status(`Failed (${now.error.type}): ${now.error.message}`, true);
  else status('The reply is complete.');
}

/** The page is shown: continues the reply of before a reload, and reads once what can be chosen. */
export async function open() {
  if (hasOptions) return;
  hasOptions = true;
  const before = stored();
  if (before?.id && !current) {
    restore();
    status('Continuing the reply of before …');
    follow(before.id);
  }
  try {
    options = await fetchJson('/console/api/try');
    get('try-models').replaceChildren(...options.models.map((id) => el('option', {value: id})));
    get('try-check-names').replaceChildren(...options.checks.map((id) => el('option', {value: id})));
    get('try-tenant').replaceChildren(...options.tenants.map((name) => el('option', {value: name === 'default' ? '' : name}, name)));
    get('try-model').placeholder = options.model;
    get('try-max').placeholder = options.max_tokens;
    get('try-problem').textContent = options.models_problem;
    restore();
  } catch (failure) {
    hasOptions = false;
    get('try-problem').textContent = failure.message;
  }
}

function restore() {
  const form = stored()?.form ?? {};
  for (const [name, id] of Object.entries(fields)) if (form[name] && !get(id).value) get(id).value = form[name];
}

const escapes = {"'": "'\\''"};
const shell = (text) => "'" + text.replace(/'/g, (quote) => escapes[quote]) + "'";
const java = (text) => JSON.stringify(text);

/** The request of the form as a text for elsewhere. */
export function code(kind) {
  const form = values();
  const model = form.model ?? options.model;
  const tokens = Number(form.max_tokens ?? options.max_tokens);
  const prompt = form.prompt ?? 'How deep is the sea?';
  if (kind === 'curl') {
    const body = {model, max_tokens: tokens, stream: true, messages: [{role: 'user', content: prompt}]};
    if (form.system) body.system = form.system;
    if (form.temperature) body.temperature = Number(form.temperature);
    if (form.thinking_budget) body.thinking = {type: 'enabled', budget_tokens: Number(form.thinking_budget)};
    const lines = [`curl -N ${options.gateway || 'http://127.0.0.1:8080'}/v1/messages`, "-H 'content-type: application/json'", '-H "x-api-key: $CLAUDE_ROUTES_KEY"'];
    if (form.cache) lines.push(`-H 'x-claude-routes-cache: ${form.cache}'`);
    lines.push('-d ' + shell(JSON.stringify(body)));
    return lines.join(' \\\n  ');
  }
  const names = {model: 'model', system: 'system', max_tokens: 'maxTokens', strategy: 'strategy', tenant: 'tenant', cache: 'cache',
    checks: 'checks', temperature: 'temperature', effort: 'effort', thinking_budget: 'thinkingBudget'};
  const set = Object.entries(names).filter(([field]) => form[field]).map(([field, name]) => [name, form[field]]);
  if (kind === 'java') {
    const query = set.map(([name, value]) => `${name}=RAW(${value})`).join('&');
    return `from("direct:ask")\n    .setBody(constant(${java(prompt)}))\n    .to(${java('claude:messages' + (query ? '?' + query : ''))})\n    .log("\${body}");`;
  }
  const lines = ['- route:', '    id: ask', '    from:', '      uri: direct', '      parameters:', '        name: ask', '      steps:',
    '        - setBody:', '            expression:', '              constant:', `                expression: ${java(prompt)}`,
    '        - to:', '            uri: claude:messages'];
  if (set.length) {
    lines.push('            parameters:');
    for (const [name, value] of set) lines.push(`              ${name}: ${java(value)}`);
  }
  return lines.join('\n') + '\n';
}

async function copy(kind) {
  const text = code(kind);
  const place = get('try-code');
  place.textContent = text;
  place.hidden = false;
  try {
    await navigator.clipboard.writeText(text);
    get('try-copied').textContent = 'Copied.';
  } catch {
    get('try-copied').textContent = 'The browser does not allow to copy: select the text below.';
  }
}

/** Connects the form. */
export function start() {
  get('try-form').addEventListener('submit', (event) => { event.preventDefault(); send(); });
  get('try-cancel').addEventListener('click', cancel);
  get('page-try').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); }
    if (event.key === 'Escape' && !get('try-cancel').disabled) cancel();
  });
  for (const button of document.querySelectorAll('[data-copy]')) button.addEventListener('click', () => copy(button.dataset.copy));
}
