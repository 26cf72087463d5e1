import { rest, until } from '../bundle.mjs';

const prompts = (number, name = 'prompt') => Array.from({ length: number }, (_, i) => `${name} ${i}`);

/** Sends SIGTERM while the work is going; the calls that began after it, and how it ended. */
async function stopped(trial, bundle, endpoint, limit) {
  const at = Date.now();
  bundle.process.kill('SIGTERM');
  const code = await bundle.exit;
  const past = (Date.now() - at) / 1000;
  // The JVM may need a moment to handle the signal on a busy machine; what counts is the time at which it does.
  const seen = Date.parse(bundle.lines(/shutdown hook triggered by SIGTERM/).at(-1).split(' ')[0]);
  const late = Math.max(0, ...endpoint.begun.map(call => call.at - seen)) / 1000;
  trial.check('last call after the process got SIGTERM', '<= 0.25 s', `${late.toFixed(2)} s`, late <= 0.25);
  trial.check('exit status', 143, code);
  trial.check('time to the end', `<= ${limit} s`, `${past.toFixed(1)} s`, past <= limit);
}

async function clients(trial, stream) {
  const endpoint = await trial.endpoint();
  endpoint.duration = 3000;
  const bundle = await trial.bundle(endpoint, { 'claude.throttle.in-flight': '40' }).start();
  await bundle.ask('first');
  const sent = prompts(80, 'client').map(prompt => bundle.ask(prompt, { stream }));
  await until('40 calls', () => endpoint.begun.length >= 41, 30);
  await rest(500);
  const begun = endpoint.begun.length;
  await stopped(trial, bundle, endpoint, 10);
  const replies = await Promise.all(sent);
  trial.check('clients with a whole reply', begun - 1, replies.filter(reply => reply.whole).length);
  trial.check('others got 503 or no connection', 80 - (begun - 1), replies.filter(reply => !reply.whole && [0, 503].includes(reply.status)).length);
  trial.check('paid calls without a reply', 0, endpoint.calls - 1 - replies.filter(reply => reply.whole).length);
}

async function inbox(trial, signal, latency) {
  const endpoint = await trial.endpoint();
  endpoint.latency = latency;
  endpoint.duration = 400;
  const bundle = await trial.bundle(endpoint, { 'claude.sources.inbox.workers': '20' }).start();
  bundle.put([...prompts(300), 'invalid 1']);
  let killed = 0;
  for (let round = 1; round <= 4; round++) {
    await until('more replies', () => bundle.replies().length >= 40 * round, 60);
    if (signal === 'SIGTERM') await stopped(trial, bundle, endpoint, 10);
    else killed += (await bundle.kill(signal), 1);
    await rest(300);
    await bundle.start();
  }
  // A call that was killed is made again: at most one for each worker and kill.
  await trial.settled(bundle, endpoint, 300, { dead: 1, paidTwice: signal === 'SIGTERM' ? 0 : killed * 20 });
}

export default {
  'SIGTERM while clients read streams': trial => clients(trial, true),
  'SIGTERM while clients wait for whole replies': trial => clients(trial, false),
  'SIGTERM while an inbox is read': trial => inbox(trial, 'SIGTERM', 50),
  'kill -9 while an inbox is read': trial => inbox(trial, 'SIGKILL', 50),
};
