// An endpoint of the Messages API that counts, for each prompt, the calls that it would have billed.
import http from 'node:http';

/** Text of a prompt, also where it is a list of content blocks. */
const textOf = request => {
  const content = request.messages?.at(-1)?.content ?? '';
  return (typeof content === 'string' ? content : content.map(block => block.text ?? '').join('')).trim();
};

export class Endpoint {
  /** How calls are answered: ok, or a status such as 401 or 503. */
  mode = 'ok';
  /** Milliseconds from the head of a reply to its end. */
  duration = 0;
  /** Time between the begin of a call and its response, in milliseconds. */
  latency = 0;
  keys = new Set(['key-one']);
  paid = new Map();
  begun = [];
  refused = 0;
  ended = 0;

  async start(port = 0) {
    this.server = http.createServer((request, response) => this.#serve(request, response));
    this.server.keepAliveTimeout = 60000;
    await new Promise((resolve, reject) => this.server.once('error', reject).listen(port, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  /** Refuses connections until start(port). */
  stop() {
    this.server.closeAllConnections();
    return new Promise(resolve => this.server.close(resolve));
  }

  back() {
    return this.start(this.port);
  }

  get calls() {
    return [...this.paid.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Prompts that were paid for more than once. */
  get paidTwice() {
    return [...this.paid].filter(([, count]) => count > 1).map(([prompt]) => prompt);
  }

  #serve(request, response) {
    const parts = [];
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('data', part => parts.push(part));
    request.on('end', () => {
      const key = request.headers['x-api-key'];
      const fail = (status, type) => {
        this.refused++;
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ type: 'error', error: { type, message: `the test endpoint answers ${status}` } }));
      };
      if (!this.keys.has(key) || this.mode === 401) return fail(401, 'authentication_error');
      if (this.mode !== 'ok') return fail(this.mode, this.mode === 529 ? 'overloaded_error' : 'api_error');
      if (request.method === 'GET') {
        response.writeHead(200, { 'content-type': 'application/json' });
        return response.end('{"data":[],"has_more":false}');
      }
      const call = JSON.parse(Buffer.concat(parts).toString());
      const prompt = textOf(call);
      if (prompt.includes('invalid')) return fail(400, 'invalid_request_error');
      this.begun.push({ prompt, at: Date.now() });
      setTimeout(() => this.#reply(call, prompt, response), this.latency);
    });
  }

  async #reply(call, prompt, response) {
    this.paid.set(prompt, (this.paid.get(prompt) ?? 0) + 1);
    const text = prompt.length > 200 ? 'Long.' : `Reply to ${prompt}.`;
    const message = { id: `msg_${this.calls}`, type: 'message', role: 'assistant', model: call.model, content: [],
      stop_reason: null, stop_sequence: null, usage: { input_tokens: 10, output_tokens: 1 } };
    const rest = ms => new Promise(resolve => setTimeout(resolve, ms));
    if (!call.stream) {
      await rest(this.duration);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...message, content: [{ type: 'text', text }], stop_reason: 'end_turn',
        usage: { input_tokens: 10, output_tokens: 5 } }));
      this.ended++;
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (type, data) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    send('message_start', { message });
    send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
    const pieces = text.match(/.{1,6}/gs);
    for (const piece of pieces) {
      send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } });
      if (this.duration) await rest(this.duration / pieces.length);
    }
    send('content_block_stop', { index: 0 });
    send('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } });
    send('message_stop', {});
    response.end();
    this.ended++;
  }
}
