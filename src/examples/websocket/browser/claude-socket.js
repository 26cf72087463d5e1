// A client of ws://…/v1/ws (claude-routes.v1): many requests on one connection, cancel, and resume after the connection broke.
export class ClaudeSocket {
  #url; #protocols; #socket; #queue = []; #requests = new Map(); #number = 0; #pause = 250;

  constructor(url, key) {
    this.#url = url;
    const bytes = new TextEncoder().encode(key ?? '');
    const encoded = btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
    this.#protocols = ['claude-routes.v1', ...(key ? ['claude-routes.key.' + encoded] : [])];
    this.#connect();
  }

  /** Sends a request of the Messages API. onEvent gets each event; done is a promise of the reply or of true. */
  send(body, onEvent = () => {}, headers = {}) {
    const id = 'r' + ++this.#number;
    const request = { id, onEvent, last: 0, credit: 64 };
    request.done = new Promise((resolve, reject) => Object.assign(request, { resolve, reject }));
    this.#requests.set(id, request);
    this.#write({ type: 'request', id, body, headers, credit: request.credit });
    return { done: request.done, cancel: () => this.#write({ type: 'cancel', id }) };
  }

  #write(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
    else this.#queue.push(message);
  }

  #connect() {
    this.#socket = new WebSocket(this.#url, this.#protocols);
    this.#socket.onopen = () => {
      this.#pause = 250;
      for (const [id, request] of this.#requests) {
        if (request.stream) this.#write({ type: 'resume', id, stream: request.stream, after: request.last, credit: 64 });
      }
      this.#queue.splice(0).forEach(message => this.#write(message));
    };
    this.#socket.onmessage = message => this.#take(JSON.parse(message.data));
    this.#socket.onclose = () => setTimeout(() => this.#connect(), this.#pause = Math.min(this.#pause * 2, 10000));
  }

  #take(message) {
    const request = this.#requests.get(message.id);
    if (!request) return;
    if (message.type === 'accepted') request.stream = message.stream;
    if (message.type === 'event') {
      request.last = message.seq;
      request.onEvent(message.data);
      if (message.seq % 32 === 0) this.#write({ type: 'credit', id: message.id, events: 32 });
    }
    if (['done', 'reply', 'error', 'cancelled'].includes(message.type)) {
      this.#requests.delete(message.id);
      if (message.type === 'error') request.reject(new Error(message.body.error.message));
      else request.resolve(message.body ?? true);
    }
  }
}
