import fs from 'node:fs';
import path from 'node:path';
import { rest, until } from '../bundle.mjs';

/** Sends requests without a pause until it is told to stop; the statuses. */
function load(bundle, options = {}) {
  let going = true;
  const replies = [];
  const clients = Array.from({ length: 8 }, async (_, client) => {
    for (let i = 0; going; i++) replies.push(await bundle.ask(`client ${client} request ${i}`, { stream: i % 2 === 0, ...options }));
  });
  return { replies, async end(atLeast) {
    await until('enough requests', () => replies.length >= atLeast, 120);
    going = false;
    await Promise.all(clients);
    return replies;
  } };
}

export default {
  'broken route files while 600 requests run': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.duration = 60;
    const bundle = trial.bundle(endpoint);
    const routes = bundle.in('routes');
    fs.cpSync(new URL('../../../routes', import.meta.url), routes, { recursive: true });
    await bundle.start();
    await bundle.ask('first');
    const cache = path.join(routes, '30-cache.camel.yaml');
    const good = fs.readFileSync(cache, 'utf8');
    const running = load(bundle);
    const named = async (what, file, breakIt, mend) => {
      const from = bundle.said().length;
      breakIt();
      const name = path.basename(file);
      const told = await until('', async () => (await bundle.health()).text.includes(`routes.${name}`), 10).catch(() => Infinity);
      const logged = bundle.said().slice(from).split('\n').filter(line => /WARN/.test(line) && line.includes(name)).length;
      trial.check(`${what}: health names the file`, '<= 2 s', `${told.toFixed(1)} s`, told <= 2);
      trial.check(`${what}: WARN lines with its name`, '1 or 2', logged, logged === 1 || logged === 2);
      mend();
      const gone = await until('', async () => !(await bundle.health()).text.includes(`routes.${name}`), 10).catch(() => Infinity);
      trial.check(`${what}: health is clear after the repair`, '<= 2 s', `${gone.toFixed(1)} s`, gone <= 2);
    };
    await named('not valid', cache, () => fs.writeFileSync(cache, good.replace('- route:', '- rout:')), () => fs.writeFileSync(cache, good));
    await named('without its last step', cache, () => {
      fs.writeFileSync(cache, good.split('\n').slice(0, Math.floor(good.split('\n').length * 0.4)).join('\n'));
    }, () => fs.writeFileSync(cache, good));
    const copy = path.join(routes, 'copy.camel.yaml');
    await named('takes over an id', copy, () => fs.writeFileSync(copy, good), () => fs.rmSync(copy));
    const other = path.join(routes, 'other.camel.yaml');
    const http = fs.readFileSync(path.join(routes, 'sources/http.camel.yaml'), 'utf8').replaceAll(/id: claude-/g, 'id: other-');
    await named('takes over a path', other, () => fs.writeFileSync(other, http), () => fs.rmSync(other));
    // A slow editor: the first half, a wait, the rest.
    const from = bundle.said().length;
    const file = fs.openSync(cache, 'w');
    for (let at = 0; at < good.length; at += Math.ceil(good.length / 10)) {
      fs.writeSync(file, good.slice(at, at + Math.ceil(good.length / 10)));
      await rest(100);
    }
    fs.closeSync(file);
    await rest(1000);
    trial.check('half-written save: WARN lines', 0, bundle.said().slice(from).split('\n').filter(line => line.includes(' WARN ')).length);
    const replies = await running.end(600);
    trial.check('requests that failed', 0, replies.filter(reply => !reply.whole).length);
    trial.check('requests', '>= 600', replies.length, replies.length >= 600);
    trial.check('calls without a reply', 0, endpoint.calls - 1 - replies.length);
  },

  'settings changed while requests run': async trial => {
    const endpoint = await trial.endpoint();
    const bundle = await trial.bundle(endpoint, { 'claude.gateway.keys.a.key': 'client-key-a', 'claude.gateway.keys.a.tenant': 'team' }).start();
    const statusOf = async (key, prompt = 'hello') => (await bundle.ask(prompt, { key })).status;
    const takesEffect = async (what, change, condition) => {
      bundle.write({ ...bundle.settings, ...change });
      const past = await until('', condition, 10).catch(() => Infinity);
      trial.check(`${what} takes effect`, '<= 5 s', `${past.toFixed(1)} s`, past <= 5);
    };
    trial.check('a client without a key', 401, await statusOf(undefined));
    const running = load(bundle, { key: 'client-key-a' });
    await takesEffect('a new key', { 'claude.gateway.keys.b.key': 'client-key-b' }, async () => await statusOf('client-key-b') === 200);
    await takesEffect('a changed key', { 'claude.gateway.keys.b.key': 'client-key-c' }, async () => await statusOf('client-key-b') === 401 && await statusOf('client-key-c') === 200);
    await takesEffect('a pattern', { 'claude.redact.patterns.staff.pattern': 'EMP-[0-9]{6}' },
      async () => (await bundle.ask('EMP-123456', { key: 'client-key-c' })).text.includes('[REDACTED]'));
    await takesEffect('a budget', { 'claude.budgets.default.usd': '0.000001' }, async () => await statusOf('client-key-c') === 429);
    await takesEffect('a larger budget', { 'claude.budgets.default.usd': '100' }, async () => await statusOf('client-key-c') === 200);
    const good = { ...bundle.settings };
    const from = bundle.said().length;
    bundle.write({ ...good, 'claude.gateway.keys.d.key': 'client-key-d', 'claude.redact.patterns.staff.pattern': '[', 'claude.budgts.default.usd': '1' });
    const told = await until('', async () => await bundle.meter('claude_settings_refused') === 1 && /settings/.test((await bundle.health()).text), 10).catch(() => Infinity);
    trial.check('a broken file: health and meter name it', '<= 5 s', `${told.toFixed(1)} s`, told <= 5);
    const warned = bundle.said().slice(from).split('\n').filter(line => / WARN /.test(line));
    trial.check('a broken file: WARN lines', 1, warned.length);
    trial.check('a broken file: the line has both mistakes', 'yes', /budgts/.test(warned.join()) && /staff/.test(warned.join()) ? 'yes' : warned.join().slice(0, 200));
    trial.check('a broken file changes no key', 401, await statusOf('client-key-d'));
    bundle.write(good);
    const clear = await until('', async () => await bundle.meter('claude_settings_refused') === 0, 10).catch(() => Infinity);
    trial.check('the file is restored: health is clear', '<= 5 s', `${clear.toFixed(1)} s`, clear <= 5);
    trial.check('keys in the log', 0, bundle.lines(/client-key-/).length);
    const replies = await running.end(200);
    trial.check('requests that failed', 0, replies.filter(reply => !reply.whole).length);
  },
};
