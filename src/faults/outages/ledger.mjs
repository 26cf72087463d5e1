import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rest, until, freePort } from '../bundle.mjs';

const prompts = (number, name = 'prompt') => Array.from({ length: number }, (_, i) => `${name} ${i}`);

/** PostgreSQL of the system in a folder of its own; undefined where there is none. */
async function postgres(trial) {
  let bin;
  try {
    bin = execFileSync('sh', ['-c', 'dirname "$(readlink -f "$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb | tail -1)")"'], { encoding: 'utf8' }).trim();
    if (!fs.existsSync(path.join(bin, 'postgres'))) return undefined;
  } catch {
    return undefined;
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'claude-postgres-'));
  // PostgreSQL refuses root.
  const as = process.getuid() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  if (as.length) fs.chownSync(folder, 65534, 65534);
  const run = (...command) => execFileSync([...as, ...command][0], [...as, ...command].slice(1), { stdio: 'pipe', cwd: folder });
  const data = path.join(folder, 'data');
  const port = await freePort();
  run(path.join(bin, 'initdb'), '-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C');
  const control = (...what) => run(path.join(bin, 'pg_ctl'), '-D', data, '-w', ...what);
  const server = {
    start() { control('-l', path.join(folder, 'log'), '-o', `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`, 'start'); },
    stop(mode = 'immediate') { control('-m', mode, 'stop'); },
    url: `jdbc:postgresql://127.0.0.1:${port}/postgres`,
  };
  server.start();
  trial.closers.unshift(() => { try { server.stop(); } catch { /* it is down */ } fs.rmSync(folder, { recursive: true, force: true }); });
  return server;
}

/** Bytes that are no database in the place of pages. */
function damage(file, from = 0) {
  const handle = fs.openSync(file, 'r+');
  const size = fs.fstatSync(handle).size;
  for (let at = from; at < size; at += 512) fs.writeSync(handle, Buffer.alloc(Math.min(512, size - at), 0xa5), 0, undefined, at);
  fs.closeSync(handle);
}

async function refusedStart(trial, bundle, pattern) {
  await bundle.launch();
  const begin = Date.now();
  const code = await Promise.race([bundle.exit, rest(60000).then(() => 'no end within 60 s')]);
  trial.check('exit status of the start', 2, code);
  trial.check('lines that name the file', '>= 1', bundle.lines(pattern).length, bundle.lines(pattern).length >= 1);
  trial.check('stack traces', 0, bundle.lines(/^\s+at /).length);
  return Date.now() - begin;
}

export default {
  'corrupt ledger at the start': async trial => {
    const endpoint = await trial.endpoint();
    const bundle = await trial.bundle(endpoint).start();
    bundle.put(prompts(30));
    await until('the replies', () => bundle.replies().length === 30);
    bundle.command('backup', 'saved');
    await bundle.kill('SIGTERM');
    damage(bundle.in('data/ledger.db'));
    fs.rmSync(bundle.log);
    bundle.put(prompts(20, 'next'));
    await refusedStart(trial, bundle, /data\/ledger\.db/);
    trial.check('calls without a ledger', 30, endpoint.calls);
    for (const name of fs.readdirSync(bundle.in('data'))) if (name.startsWith('ledger.db')) fs.rmSync(bundle.in('data', name));
    fs.copyFileSync(bundle.in('saved/ledger.db'), bundle.in('data/ledger.db'));
    await bundle.start();
    await trial.settled(bundle, endpoint, 50);
    trial.check('replies in the ledger after the restore', 50, JSON.parse((await (await fetch(`http://127.0.0.1:${bundle.management}/v1/usage`)).text())).totals?.calls ?? 'unknown');
  },

  'ledger damaged in the middle': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.latency = 50;
    const bundle = await trial.bundle(endpoint).start();
    bundle.put([...prompts(300), 'invalid 1']);
    await until('some replies', () => bundle.replies().length >= 60);
    bundle.command('backup', 'saved');
    // As a failed restore does: another file in the place of the open one.
    fs.writeFileSync(bundle.in('data/other.db'), Buffer.alloc(100000, 0xa5));
    for (const name of ['ledger.db-wal', 'ledger.db-shm']) fs.rmSync(bundle.in('data', name), { force: true });
    fs.renameSync(bundle.in('data/other.db'), bundle.in('data/ledger.db'));
    await trial.named(bundle, { health: /"ledger"\s*:/, log: /(WARN|ERROR).*ledger/, meter: { name: 'claude_ledger_available', value: 0 } });
    const begun = endpoint.begun.length;
    await rest(3000);
    trial.check('calls while the ledger is damaged', '<= 1', endpoint.begun.length - begun, endpoint.begun.length - begun <= 1);
    trial.deadLetters(bundle, 0);
    await bundle.kill('SIGTERM');
    for (const name of fs.readdirSync(bundle.in('data'))) if (name.startsWith('ledger.db')) fs.rmSync(bundle.in('data', name));
    fs.copyFileSync(bundle.in('saved/ledger.db'), bundle.in('data/ledger.db'));
    await bundle.start();
    await trial.settled(bundle, endpoint, 300, { dead: 1 });
  },

  'PostgreSQL gone and back': async trial => {
    const server = await postgres(trial);
    if (!server) return 'needs PostgreSQL (initdb on the path)';
    const endpoint = await trial.endpoint();
    endpoint.latency = 50;
    const bundle = await trial.bundle(endpoint, { 'claude.ledger.url': server.url, 'claude.ledger.user': 'postgres', 'claude.ledger.password': 'x' }).start();
    bundle.put([...prompts(400), 'invalid 1']);
    await until('some replies', () => bundle.replies().length >= 40);
    for (const mode of ['immediate', 'fast']) {
      server.stop(mode);
      await trial.named(bundle, { health: /"ledger"\s*:/, log: /(WARN|ERROR).*ledger/, meter: { name: 'claude_ledger_available', value: 0 } });
      const begun = endpoint.begun.length;
      trial.check('a client gets', 503, (await bundle.ask('from a client')).status);
      trial.check('readiness', 503, (await bundle.ready()).status);
      trial.check('liveness', 200, (await bundle.live()).status);
      await rest(4000);
      trial.check('calls without the ledger', 0, endpoint.begun.length - begun);
      const replies = bundle.replies().length;
      server.start();
      const ready = await until('ready', async () => (await bundle.ready()).status === 200, 40).catch(() => Infinity);
      trial.check('ready after the database is back', '<= 10 s', `${ready.toFixed(1)} s`, ready <= 10);
      await until('more replies', () => bundle.replies().length > replies + 20, 60);
    }
    await trial.settled(bundle, endpoint, 400, { dead: 1 });
    const open = await bundle.meter('claude_ledger_open');
    trial.check('open rows in the ledger', 0, open);
  },
};
