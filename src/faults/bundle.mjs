// The packaged bundle as a process in a folder of its own, seen from outside.
import { spawn, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const java = process.env.JAVA ?? (process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin/java') : 'java');

export const rest = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Waits for a condition; returns the seconds until it was met, or fails. */
export async function until(what, condition, seconds = 60) {
  const begin = Date.now();
  for (;;) {
    let met;
    try { met = await condition(); } catch { met = false; }
    const past = (Date.now() - begin) / 1000;
    if (met) return past;
    if (past > seconds) throw new Error(`not within ${seconds} s: ${what}`);
    await rest(50);
  }
}

export const freePort = () => new Promise(resolve => {
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export const count = folder => (fs.existsSync(folder) ? fs.readdirSync(folder).filter(name => name.endsWith('.txt')).length : 0);

const running = new Set();
process.on('exit', () => running.forEach(child => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

export class Bundle {
  constructor(home, installation, settings) {
    this.home = home;
    this.installation = installation;
    this.settings = settings;
    this.log = path.join(home, 'log.txt');
    for (const folder of ['inbox', 'data']) fs.mkdirSync(path.join(home, folder), { recursive: true });
  }

  in(...names) { return path.join(this.home, ...names); }

  /** Puts prompts into the inbox: whole at once, as a writer should. */
  put(names, text = name => name) {
    for (const name of names) {
      const file = this.in('inbox', `${name.replaceAll(' ', '-')}.txt`);
      fs.writeFileSync(`${file}.tmp`, text(name));
      fs.renameSync(`${file}.tmp`, file);
    }
  }

  write(settings = this.settings) {
    this.settings = settings;
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`).join('');
    fs.writeFileSync(this.in('application.properties.tmp'), lines);
    fs.renameSync(this.in('application.properties.tmp'), this.in('application.properties'));
  }

  async launch(...options) {
    this.port ??= await freePort();
    this.management ??= await freePort();
    this.write({ ...this.settings, 'camel.server.port': this.port, 'camel.management.port': this.management });
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(CLAUDE|ANTHROPIC)_/.test(name)));
    const log = fs.openSync(this.log, 'a');
    this.process = spawn(java, ['-XX:TieredStopAtLevel=1', ...options, '-jar', path.join(this.installation, 'claude-routes.jar')],
      { cwd: this.home, env: environment, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    const child = this.process;
    running.add(child);
    this.exit = new Promise(resolve => child.on('exit', (code, signal) => {
      running.delete(child);
      resolve(code ?? signal);
    }));
    return this;
  }

  /** Starts, and waits until the management server replies. */
  async start(...options) {
    await this.launch(...options);
    let ended = null;
    this.exit.then(code => { ended = code; });
    await until('the management server replies', async () => {
      if (ended !== null) return true;
      return (await this.health()).status > 0;
    }, 120);
    if (ended !== null) throw new Error(`the bundle ended with ${ended}: ${this.said().slice(-2000)}`);
    return this;
  }

  async kill(signal = 'SIGKILL') {
    this.process?.kill(signal);
    return this.exit;
  }

  said() { return fs.existsSync(this.log) ? fs.readFileSync(this.log, 'utf8') : ''; }

  lines(pattern) { return this.said().split('\n').filter(line => pattern.test(line)); }

  async #get(pathOf) {
    const response = await fetch(`http://127.0.0.1:${this.management}${pathOf}`, { signal: AbortSignal.timeout(5000) });
    return { status: response.status, text: await response.text() };
  }

  health() { return this.#get('/observe/health'); }

  ready() { return this.#get('/observe/health/ready'); }

  live() { return this.#get('/observe/health/live'); }

  /** Sum of a meter's series whose line has the text. */
  async meter(name, text = '') {
    const { text: all } = await this.#get('/observe/metrics');
    return all.split('\n').filter(line => line.startsWith(name) && /^[ {]/.test(line.slice(name.length)) && line.includes(text))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** One request of a client of the gateway; the response with the whole text, also when the connection breaks. */
  async ask(prompt, { stream = false, key, body, timeout = 120000 } = {}) {
    try {
      const response = await fetch(`http://127.0.0.1:${this.port}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...(key && { 'x-api-key': key }) },
        body: body ?? JSON.stringify({ model: 'claude-sonnet-5-5', max_tokens: 50, stream, messages: [{ role: 'user', content: prompt }] }),
        signal: AbortSignal.timeout(timeout),
      });
      const text = await response.text();
      return { status: response.status, text, whole: response.status === 200 && (!stream || text.includes('message_stop')) };
    } catch (broken) {
      return { status: 0, text: String(broken.cause ?? broken), whole: false };
    }
  }

  /** Texts of the outbox. */
  replies() {
    const folder = this.in('outbox');
    return fs.existsSync(folder) && fs.statSync(folder).isDirectory()
      ? fs.readdirSync(folder).filter(name => !name.startsWith('.')).map(name => fs.readFileSync(path.join(folder, name), 'utf8')) : [];
  }

  command(...args) {
    return execFileSync(java, ['-jar', path.join(this.installation, 'claude-routes.jar'), ...args], { cwd: this.home, encoding: 'utf8' });
  }
}
