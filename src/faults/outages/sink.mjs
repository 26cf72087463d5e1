import fs from 'node:fs';
import { rest, until } from '../bundle.mjs';

const prompts = number => Array.from({ length: number }, (_, i) => `prompt ${i}`);

async function refused(trial, settings, names, unwanted = /^\s+at /) {
  const endpoint = await trial.endpoint();
  const bundle = trial.bundle(endpoint, settings);
  bundle.put(prompts(3));
  await bundle.launch();
  const code = await Promise.race([bundle.exit, rest(60000).then(() => 'no end within 60 s')]);
  trial.check('exit status of the start', 2, code);
  for (const name of names) trial.check(`the list names ${name.source}`, '>= 1', bundle.lines(name).length, bundle.lines(name).length >= 1);
  trial.check('stack traces', 0, bundle.lines(unwanted).length);
  trial.check('calls', 0, endpoint.begun.length);
}

export default {
  'unwritable outbox': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.latency = 50;
    const bundle = await trial.bundle(endpoint).start();
    bundle.put([...prompts(300), 'invalid 1']);
    await until('some replies', () => bundle.replies().length >= 40);
    fs.renameSync(bundle.in('outbox'), bundle.in('outbox.away'));
    fs.writeFileSync(bundle.in('outbox'), 'in the way');
    await trial.named(bundle, { health: /sink\.answers/, log: /WARN.*sink.*answers/i, meter: { name: 'claude_sink_failing', text: 'sink="answers"' } });
    await rest(6000);
    const kept = await bundle.meter('claude_undelivered_replies');
    trial.check('replies kept for the sink', '>= 1', kept, kept >= 1);
    trial.check('paid calls = replies + kept', endpoint.calls, fs.readdirSync(bundle.in('outbox.away')).filter(name => !name.startsWith('.')).length + kept);
    fs.rmSync(bundle.in('outbox'));
    fs.renameSync(bundle.in('outbox.away'), bundle.in('outbox'));
    await trial.settled(bundle, endpoint, 300, { dead: 1 });
  },

  'unwritable outbox, kill -9 while replies are kept': async trial => {
    const endpoint = await trial.endpoint();
    endpoint.latency = 50;
    const bundle = await trial.bundle(endpoint).start();
    bundle.put(prompts(100));
    await until('some replies', () => bundle.replies().length >= 20);
    fs.renameSync(bundle.in('outbox'), bundle.in('outbox.away'));
    fs.writeFileSync(bundle.in('outbox'), 'in the way');
    await until('kept replies', async () => await bundle.meter('claude_undelivered_replies') >= 1, 60);
    await rest(3000);
    await bundle.kill();
    fs.rmSync(bundle.in('outbox'));
    fs.renameSync(bundle.in('outbox.away'), bundle.in('outbox'));
    await bundle.start();
    await trial.settled(bundle, endpoint, 100);
  },

  'outbox that cannot be written at the start': async trial => {
    const endpoint = await trial.endpoint();
    const bundle = trial.bundle(endpoint);
    fs.writeFileSync(bundle.in('outbox'), 'in the way');
    bundle.put(prompts(100));
    await bundle.start();
    await trial.named(bundle, { health: /sink\.answers/, log: /WARN.*sink.*answers/i, meter: { name: 'claude_sink_failing', text: 'sink="answers"' } });
    await rest(3000);
    trial.check('paid calls = kept replies', endpoint.calls, await bundle.meter('claude_undelivered_replies'));
    fs.rmSync(bundle.in('outbox'));
    await trial.settled(bundle, endpoint, 100);
  },

  'misspelt sink': trial => refused(trial, { 'claude.sinks.answers.uri': 'fil:outbox' }, [/claude\.sinks\.answers\.uri.*fil/]),

  'misspelt option of a sink and of a source': trial => refused(trial, {
    'claude.sinks.answers.uri': 'file:outbox?tempFilName=x',
    'claude.sources.inbox.uri': 'file:inbox?dely=20',
  }, [/claude\.sinks\.answers\.uri.*tempFilName/, /claude\.sources\.inbox\.uri.*dely/]),
};
