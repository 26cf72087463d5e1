import { until } from '../bundle.mjs';

export default {
  '25 requests of 30 MB at -Xmx512m': async trial => {
    const endpoint = await trial.endpoint();
    const bundle = await trial.bundle(endpoint).start('-Xmx512m');
    await bundle.ask('first');
    const body = JSON.stringify({ model: 'claude-sonnet-5-5', max_tokens: 50, messages: [{ role: 'user', content: 'long '.repeat(6_000_000) }] });
    for (let round = 0; round < 2; round++) {
      const sent = Array.from({ length: 25 }, () => bundle.ask('', { body }));
      const live = await until('liveness', async () => (await bundle.live()).status === 200, 30);
      trial.check('liveness replies under the load', '<= 5 s', `${live.toFixed(1)} s`, live <= 5);
      const replies = await Promise.all(sent);
      const statuses = replies.map(reply => reply.status).reduce((all, status) => ({ ...all, [status]: (all[status] ?? 0) + 1 }), {});
      const known = replies.every(reply => [200, 429, 503].includes(reply.status) || (reply.status === 0 && /EPIPE|ECONNRESET|socket/i.test(reply.text)));
      trial.check('each is answered or refused (200, 429, 503)', 'yes', JSON.stringify(statuses), known && (statuses[200] ?? 0) >= 1);
    }
    trial.check('errors of memory in the log', 0, bundle.lines(/OutOfMemory/).length);
    trial.check('a request afterwards', 200, (await bundle.ask('last')).status);
    trial.check('requests in flight afterwards', 0, await bundle.meter('claude_throttle_in_flight'));
  },
};
