// The routes that run: a picture of the pipeline with counts, and the YAML of each.
import {clock, count, el, fetchJson, many, show, since, state, table} from './view.js';

const get = (id) => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
let known = [];

/** The page is shown. */
export async function open() {
  const status = get('routes-status');
  try {
    const told = await fetchJson('/console/api/routes');
    known = told.routes;
    const failed = known.reduce((sum, route) => sum + route.failed, 0);
    status.className = 'summary';
    status.textContent = `${many(known.length, 'route', 'routes')}. ` + (told.reloaded
      ? `Last reload: ${told.reloaded.file} at ${clock(told.reloaded.at)}.` : 'No file was reloaded since the start.')
      + (failed ? ` ${many(failed, 'failed exchange', 'failed exchanges')} in all routes.` : '');
    get('routes-refused').replaceChildren(...told.refused.map((refusal) => el('li', {class: 'problem error'},
      el('p', {}, el('span', {class: 'word'}, '✖ Refused'), ` ${refusal.file} is not used since `, since(refusal.since), ', the routes before it run.'),
      el('p', {}, refusal.reason))));
    show('routes-picture', picture(known));
    show('routes-list', list(known));
    const shown = known.find((route) => route.id === get('routes-name').textContent);
    if (shown) show('routes-steps', steps(shown));
  } catch (failure) {
    status.className = 'summary bad';
    status.textContent = failure.message;
  }
}

function list(routes) {
  return table('All routes', [
    {title: 'Route', cell: (row) => {
      const button = el('button', {type: 'button', class: 'link-button'}, row.id);
      button.addEventListener('click', () => detail(row));
      return button;
    }},
    {title: 'State', cell: (row) => state(row.state, row.state === 'started' ? 'good' : 'warn')},
    {title: 'From', long: true, cell: (row) => row.from},
    {title: 'Done', number: true, cell: (row) => count(row.done)},
    {title: 'Failed', number: true, cell: (row) => row.failed ? state(count(row.failed), 'bad') : '0'},
    {title: 'In flight', number: true, cell: (row) => count(row.in_flight)},
    {title: 'Mean', number: true, cell: (row) => row.done ? `${count(row.mean_ms)} ms` : '–'},
    {title: 'Last failure', cell: (row) => row.last_failure ? `${row.last_failure} at ${clock(row.last_failure_at)}` : ''},
    {title: 'Description', long: true, cell: (row) => row.description},
    {title: 'File', long: true, cell: (row) => row.file || 'made of settings'},
  ], routes, 'No routes run.');
}

function steps(route) {
  return table('Steps of ' + route.id, [
    {title: 'Step', cell: (row) => el('span', {class: 'depth' + Math.min(6, row.depth)}, row.kind + (row.label && row.label !== row.kind ? ` ${row.label}` : ''))},
    {title: 'Id', cell: (row) => row.id ? el('code', {}, row.id) : ''},
    {title: 'Done', number: true, cell: (row) => row.done === undefined ? '' : count(row.done)},
    {title: 'Failed', number: true, cell: (row) => row.failed ? state(count(row.failed), 'bad') : row.failed === undefined ? '' : '0'},
  ], route.steps, 'No steps.');
}

async function detail(route) {
  get('routes-detail').hidden = false;
  get('routes-name').textContent = route.id;
  show('routes-steps', steps(route));
  const text = get('routes-text');
  text.textContent = '';
  try {
    text.textContent = (await fetchJson('/console/api/routes/' + encodeURIComponent(route.id))).text;
  } catch (failure) {
    text.textContent = failure.message;
  }
  get('routes-name').focus();
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Column of each route: one more than the last of those that lead to it. */
function columns(routes) {
  const column = new Map(routes.map((route) => [route.id, 0]));
  for (let round = 0; round < routes.length; round++) {
    let moved = false;
    for (const route of routes) {
      for (const next of route.next) {
        if (column.has(next) && column.get(next) <= column.get(route.id) && column.get(route.id) < routes.length) {
          column.set(next, column.get(route.id) + 1);
          moved = true;
        }
      }
    }
    if (!moved) break;
  }
  return column;
}

const BOX = {width: 136, height: 54, across: 156, down: 68};
const short = (text) => text.length > 18 ? text.slice(0, 17) + '…' : text;

function picture(routes) {
  const linked = new Set(routes.flatMap((route) => route.next.length ? [route.id, ...route.next] : []));
  const shown = routes.filter((route) => linked.has(route.id));
  if (shown.length === 0) return '';
  const column = columns(shown);
  const used = new Map();
  const places = new Map();
  for (const route of shown) {
    const x = column.get(route.id);
    const y = used.get(x) ?? 0;
    used.set(x, y + 1);
    places.set(route.id, {x: 12 + x * BOX.across, y: 12 + y * BOX.down});
  }
  const width = 24 + (Math.max(...used.keys()) + 1) * BOX.across - (BOX.across - BOX.width);
  const height = 24 + Math.max(...used.values()) * BOX.down - (BOX.down - BOX.height);
  const edges = shown.flatMap((route) => route.next.filter((next) => places.has(next)).map((next) => {
    const from = places.get(route.id);
    const to = places.get(next);
    const start = [from.x + BOX.width, from.y + BOX.height / 2];
    const end = [to.x, to.y + BOX.height / 2];
    const middle = (start[0] + end[0]) / 2;
    return svg('path', {class: 'edge', d: `M${start} C${middle},${start[1]} ${middle},${end[1]} ${end}`});
  }));
  const boxes = shown.map((route) => {
    const {x, y} = places.get(route.id);
    const group = svg('g', {},
      svg('rect', {class: 'box' + (route.failed ? ' failing' : ''), x, y, width: BOX.width, height: BOX.height, rx: 5}),
      svg('text', {x: x + 8, y: y + 18}, short(route.id.replace(/^claude-/, ''))),
      svg('text', {class: 'soft', x: x + 8, y: y + 34}, `${count(route.done)} done${route.in_flight ? `, ${count(route.in_flight)} now` : ''}`));
    if (route.failed) group.append(svg('text', {class: 'bad', x: x + 8, y: y + 47}, `${count(route.failed)} failed`));
    group.append(svg('title', {}, `${route.id}: ${route.description}`));
    return group;
  });
  const drawing = svg('svg', {class: 'picture wide', viewBox: `0 0 ${width} ${height}`, role: 'img',
    'aria-label': 'The routes and how they lead to each other; the table has the figures'}, ...edges, ...boxes);
  return el('div', {class: 'scroll', role: 'region', 'aria-label': 'Picture of the routes', tabindex: '0'}, drawing);
}

export function start() {
  get('routes-refresh').addEventListener('click', open);
  setInterval(() => {
    const isUsed = get('routes-list').contains(document.activeElement) && document.activeElement.tagName === 'BUTTON';
    if (location.hash === '#routes' && !document.hidden && !isUsed) open();
  }, 2000);
}
