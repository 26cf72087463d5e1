// Pages, theme and the connection.
import {start} from './now.js';
import * as tries from './try.js';
import * as spent from './spent.js';
import * as routes from './routes.js';
import * as settings from './settings.js';

const pages = {
  now: {title: 'Now'},
  try: {title: 'Try', open: tries.open},
  spent: {title: 'Spent', open: spent.open},
  routes: {title: 'Routes', open: routes.open},
  settings: {title: 'Settings', open: settings.open},
};

function current() {
  const name = location.hash.slice(1).split('?')[0];
  return pages[name] ? name : 'now';
}

function open(moveFocus) {
  if (location.hash === '#main') return;
  const name = current();
  for (const page of Object.keys(pages)) {
    document.getElementById('page-' + page).hidden = page !== name;
    const link = document.querySelector(`nav a[href="#${page}"]`);
    if (page === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const problems = document.title.match(/^\(\d+\) /)?.[0] ?? '';
  document.getElementById('quick').hidden = name === 'try';
  document.title = `${problems}${pages[name].title} – Claude Routes`;
  pages[name].open?.();
  if (moveFocus) document.getElementById('main').focus();
}

function theme() {
  const button = document.getElementById('theme');
  const dark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  };
  const name = () => { button.textContent = dark() ? 'Light theme' : 'Dark theme'; };
  button.addEventListener('click', () => {
    const next = dark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = next;
    try { localStorage.setItem('claude-routes-theme', next); } catch { /* storage is off */ }
    name();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', name);
  name();
}

document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  document.getElementById('main').focus();
});
addEventListener('hashchange', () => open(true));
document.getElementById('quick').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = document.getElementById('quick-prompt');
  if (!field.value.trim()) return;
  tries.send(field.value);
  field.value = '';
  location.hash = '#try';
});
theme();
tries.start();
spent.start();
routes.start();
settings.start();
open(false);
start();
