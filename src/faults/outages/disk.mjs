import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { rest, until } from '../bundle.mjs';

const prompts = (number, name = 'prompt') => Array.from({ length: number }, (_, i) => `${name} ${i}`);

/** A disk of a few megabytes that can be filled; undefined where the system does not let us have one. */
function disk(trial, folder) {
  fs.mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=0700', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  trial.closers.unshift(() => execFileSync('umount', ['-l', folder]));
  const filler = path.join(folder, 'filler');
  return {
    fill() {
      const file = fs.openSync(filler, 'w');
      for (let size = 65536; size >= 1;) {
        try { if (fs.writeSync(file, Buffer.alloc(size)) < size) size >>= 1; } catch { size >>= 1; }
      }
      fs.closeSync(file);
    },
    makeRoom() { fs.rmSync(filler); },
  };
}
const noDisk = 'needs root, to mount a small tmpfs';

export default {
  'full disk under the ledger': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.latency = 50;
    const bundle = trial.bundle(endpoint);
    const small = disk(trial, bundle.in('data'));
    if (!small) return noDisk;
    await bundle.start();
    bundle.put([...prompts(300), 'invalid 1']);
    await until('some replies', () => bundle.replies().length >= 40);
    small.fill();
    await trial.named(bundle, { health: /"ledger"\s*:/, log: /(WARN|ERROR).*ledger/, meter: { name: 'claude_ledger_available', value: 0 } });
    const begun = endpoint.begun.length;
    trial.check('readiness', 503, (await bundle.ready()).status);
    trial.check('liveness', 200, (await bundle.live()).status);
    trial.check('a client gets', 503, (await bundle.ask('from a client')).status);
    await rest(5000);
    trial.check('calls while the ledger is full', 0, endpoint.begun.length - begun);
    small.makeRoom();
    await trial.settled(bundle, endpoint, 300, { dead: 1 });
  },

  'full disk under the outbox': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.latency = 50;
    const bundle = trial.bundle(endpoint);
    const small = disk(trial, bundle.in('outbox'));
    if (!small) return noDisk;
    await bundle.start();
    bundle.put([...prompts(300), 'invalid 1']);
    await until('some replies', () => bundle.replies().length >= 40);
    small.fill();
    await trial.named(bundle, { health: /sink\.answers.*(space|full)/is, log: /WARN.*answers.*(space|full)/i, meter: { name: 'claude_sink_failing', text: 'sink="answers"' } });
    await rest(5000);
    trial.check('replies kept for the sink', '>= 1', await bundle.meter('claude_undelivered_replies'), await bundle.meter('claude_undelivered_replies') >= 1);
    const listed = JSON.parse(bundle.command('undelivered')).count;
    trial.check('replies that the command undelivered lists', '>= 1', listed, listed >= 1);
    small.makeRoom();
    await trial.settled(bundle, endpoint, 300, { dead: 1 });
    trial.check('replies kept in the end', 0, await bundle.meter('claude_undelivered_replies'));
  },

  'full disk under ledger, kept replies and outbox': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.latency = 300;
    const bundle = trial.bundle(endpoint, { 'claude.data': 'disk/data', 'claude.sources.inbox.workers': '20',
      'claude.sinks.answers.uri': 'file:outbox?tempFileName=.${file:name}.part' });
    const small = disk(trial, bundle.in('disk'));
    if (!small) return noDisk;
    fs.mkdirSync(bundle.in('disk/outbox'));
    fs.symlinkSync(bundle.in('disk/outbox'), bundle.in('outbox'));
    await bundle.start();
    bundle.put([...prompts(300), 'invalid 1']);
    await until('some replies', () => bundle.replies().length >= 40);
    small.fill();
    // Replies in progress wait in memory, and with them the workers.
    await trial.named(bundle, { health: /ledger.*sink\.answers|sink\.answers.*ledger/s, log: /ERROR.*ledger cannot be written/, meter: { name: 'claude_ledger_available', value: 0 } });
    await rest(8000);
    small.makeRoom();
    await trial.settled(bundle, endpoint, 300, { dead: 1 });
  },
};
