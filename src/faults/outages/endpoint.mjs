import fs from 'node:fs';
import { rest, until, count } from '../bundle.mjs';

const prompts = number => Array.from({ length: number }, (_, i) => `prompt ${i}`);

async function dead(trial, number, seconds) {
  const endpoint = await trial.endpoint();
  await endpoint.stop();
  const bundle = await trial.bundle(endpoint).start();
  bundle.put([...prompts(number), 'invalid 1']);
  await trial.named(bundle, { health: /source\.inbox"\s*:\s*"paused/, log: /WARN.*source inbox is paused/, meter: { name: 'claude_source_paused', text: 'source="inbox"' } }, 4); // three calls, with waits of up to 1.5 s between them
  await rest(10000);
  trial.deadLetters(bundle, 0);
  trial.check('status of health', 503, (await bundle.health()).status);
  trial.check('readiness', 503, (await bundle.ready()).status);
  trial.check('liveness', 200, (await bundle.live()).status);
  trial.check('WARN lines of the pause', 1, bundle.lines(/WARN.*source inbox is paused/).length);
  trial.check('size of the log', '< 100 kB', `${Math.ceil(fs.statSync(bundle.log).size / 1000)} kB`, fs.statSync(bundle.log).size < 100000);
  trial.check('files that stay in the inbox', number + 1, count(bundle.in('inbox')));
  await endpoint.back();
  await trial.settled(bundle, endpoint, number, { seconds, dead: 1 });
  trial.check('INFO lines of the resume', 1, bundle.lines(/INFO.*source inbox goes on/).length);
}

export default {
  'dead endpoint, 300 files': trial => dead(trial, 300, 120),
  'dead endpoint, 5000 files': trial => dead(trial, 5000, 300),

  'endpoint answers 503 in the middle': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.latency = 50;
    const bundle = await trial.bundle(endpoint).start();
    bundle.put([...prompts(400), 'invalid 1']);
    await until('some replies', () => bundle.replies().length >= 60);
    endpoint.mode = 503;
    await trial.named(bundle, { health: /source\.inbox"\s*:\s*"paused/, log: /WARN.*source inbox is paused/, meter: { name: 'claude_source_paused', text: 'source="inbox"' } }, 4);
    await rest(8000);
    endpoint.mode = 'ok';
    await trial.settled(bundle, endpoint, 400, { dead: 1 });
  },

  'refused key, renewed in its file': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.latency = 50;
    const bundle = trial.bundle(endpoint, { 'claude.credentials.main.key': '', 'claude.credentials.main.key-file': 'key' });
    fs.writeFileSync(bundle.in('key'), 'key-one\n', { mode: 0o600 });
    await bundle.start();
    bundle.put([...prompts(300), 'invalid 1']);
    await until('some replies', () => bundle.replies().length >= 40);
    endpoint.keys = new Set(['key-two']);
    await trial.named(bundle, { health: /credential\.main/, log: /WARN.*refuses its credential/, meter: { name: 'claude_credential_refused' } });
    trial.check('status of health', 503, (await bundle.health()).status);
    trial.check('liveness', 200, (await bundle.live()).status);
    await rest(8000);
    trial.check('keys in the log', 0, bundle.lines(/key-one|key-two/).length);
    fs.writeFileSync(bundle.in('key.new'), 'key-two\n', { mode: 0o600 });
    fs.renameSync(bundle.in('key.new'), bundle.in('key'));
    await trial.settled(bundle, endpoint, 300, { dead: 1 });
  },

  'refused key, renewed in the settings with a restart': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.keys = new Set(['key-two']);
    const bundle = await trial.bundle(endpoint).start();
    bundle.put(prompts(100));
    await trial.named(bundle, { health: /credential\.main/, log: /WARN.*refuses its credential/, meter: { name: 'claude_credential_refused' } });
    bundle.write({ ...bundle.settings, 'claude.credentials.main.key': 'key-two' });
    const told = await until('', () => bundle.lines(/need a restart.*claude\.credentials\.main\.key/).length === 1, 10).catch(() => Infinity);
    trial.check('log names the setting that needs a restart', '<= 5 s', `${told.toFixed(1)} s`, told <= 5);
    trial.check('exit status after SIGTERM', 143, await bundle.kill('SIGTERM'));
    await bundle.start();
    await trial.settled(bundle, endpoint, 100);
  },
};
