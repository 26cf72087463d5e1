// Repeats outages with the packaged bundle and prints what was expected and what was measured.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Bundle, until, count } from './bundle.mjs';
import { Endpoint } from './endpoint.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const target = process.env.BUNDLE ?? path.join(here, '../../target');
const work = fs.mkdtempSync(path.join(process.env.WORK ?? os.tmpdir(), 'claude-faults-'));
const installation = path.join(work, 'installation');
fs.mkdirSync(installation);
fs.copyFileSync(path.join(target, 'claude-routes.jar'), path.join(installation, 'claude-routes.jar'));
fs.cpSync(path.join(target, 'lib'), path.join(installation, 'lib'), { recursive: true });

/** Settings of all outages: the real waits of the packaged file, an endpoint of our own, nothing on the terminal. */
const usual = endpoint => ({
  'claude.endpoints.primary.url': endpoint.url,
  'claude.credentials.main.key': 'key-one',
  'claude.simulator.enabled': 'false',
  'claude.fan-out.sinks': 'answers',
  'claude.cache.enabled': 'false',
});

const rows = [];

class Trial {
  constructor(name) { this.name = name; this.closers = []; }

  async endpoint() {
    const endpoint = await new Endpoint().start();
    this.closers.push(() => endpoint.stop().catch(() => {}));
    return endpoint;
  }

  bundle(endpoint, settings = {}, folder = 'bundle') {
    const home = path.join(work, this.name, folder);
    fs.mkdirSync(home, { recursive: true });
    const bundle = new Bundle(home, installation, { ...usual(endpoint), ...settings });
    this.closers.push(() => bundle.kill());
    return bundle;
  }

  /** One line of the table. */
  check(what, expected, measured, passed = String(expected) === String(measured)) {
    rows.push({ outage: this.name, what, expected, measured, passed });
    console.error(`${passed ? 'pass' : 'FAIL'}  ${this.name}: ${what}: expected ${expected}, measured ${measured}`);
  }

  /** How soon health, the log and a meter name the cause, from now on: called when the outage begins. */
  async named(bundle, { health, log, meter }, limit = 2) {
    const begin = Date.now();
    const from = bundle.said().length;
    const past = (limit, condition) => until('', condition, limit).then(() => (Date.now() - begin) / 1000, () => Infinity);
    const [told, logged, metered] = await Promise.all([
      health ? past(10, async () => health.test((await bundle.health()).text)) : 0,
      log ? past(20, () => bundle.said().slice(from).split('\n').some(line => log.test(line))) : 0,
      meter ? past(20, async () => (await bundle.meter(meter.name, meter.text ?? '')) === (meter.value ?? 1)) : 0,
    ]);
    if (health) this.check(`health names ${health.source}`, `<= ${limit} s`, `${told.toFixed(1)} s`, told <= limit);
    if (log) this.check(`log names ${log.source}`, '<= 5 s', `${logged.toFixed(1)} s`, logged <= 5);
    if (meter) this.check(`meter ${meter.name}${meter.text ? ` ${meter.text}` : ''}`, '<= 5 s', `${metered.toFixed(1)} s`, metered <= 5);
  }

  /** After the outage: each prompt has exactly one reply, none was paid for twice, only invalid prompts are dead letters. */
  async settled(bundle, endpoint, prompts, { seconds = 120, dead = 0, paidTwice = 0 } = {}) {
    const past = await until('all replies', () => bundle.replies().length >= prompts && count(bundle.in('dead-letters')) >= dead * 2, seconds)
      .catch(() => Infinity);
    this.check('all prompts answered without manual action', `<= ${seconds} s`, `${past.toFixed(1)} s`, past <= seconds);
    this.check('replies delivered', prompts, bundle.replies().length);
    this.check('different replies', prompts, new Set(bundle.replies()).size);
    this.check('prompts paid for twice', `<= ${paidTwice}`, endpoint.paidTwice.length, endpoint.paidTwice.length <= paidTwice);
    this.check('paid calls without a reply', 0, Math.max(0, endpoint.paid.size - bundle.replies().length));
    this.deadLetters(bundle, dead);
    const left = fs.readdirSync(bundle.in('inbox')).filter(name => name.endsWith('.txt')).length;
    this.check('files left in the inbox', 0, left);
    const ready = await until('ready', async () => (await bundle.ready()).status === 200, 40).catch(() => Infinity);
    this.check('readiness is up again', '<= 40 s', `${ready.toFixed(1)} s`, ready <= 40);
  }

  deadLetters(bundle, dead) {
    const names = fs.existsSync(bundle.in('dead-letters'))
      ? fs.readdirSync(bundle.in('dead-letters')).filter(name => !name.endsWith('.reason.txt')) : [];
    this.check('dead letters (invalid prompts only)', dead, names.filter(name => name.includes('invalid')).length
      + names.filter(name => !name.includes('invalid')).length * 1000);
  }
}

const names = fs.readdirSync(path.join(here, 'outages')).filter(name => name.endsWith('.mjs')).map(name => name.slice(0, -4)).sort();
const wanted = process.argv.slice(2);
for (const name of names) {
  const { default: outages } = await import(pathToFileURL(path.join(here, 'outages', `${name}.mjs`)));
  for (const [title, outage] of Object.entries(outages)) {
    if (wanted.length && !wanted.some(one => title.includes(one) || name === one)) continue;
    const trial = new Trial(title);
    const begin = Date.now();
    try {
      const skipped = await outage(trial);
      if (skipped) console.error(`skip  ${title}: ${skipped}`);
    } catch (failure) {
      trial.check('runs to its end', 'yes', failure.message.slice(0, 500), false);
    }
    for (const close of trial.closers.reverse()) await close();
    console.error(`      ${title}: ${((Date.now() - begin) / 1000).toFixed(0)} s`);
  }
}
const cell = text => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
console.log('| outage | check | expected | measured | result |\n| --- | --- | --- | --- | --- |');
for (const row of rows) {
  console.log(`| ${row.outage} | ${cell(row.what)} | ${cell(row.expected)} | ${cell(row.measured)} | ${row.passed ? 'pass' : 'FAIL'} |`);
}
const failed = rows.filter(row => !row.passed).length;
console.log(`\n${rows.length} checks, ${failed} failed`);
if (failed || process.env.KEEP) console.error(`folders of the runs: ${work}`);
else fs.rmSync(work, { recursive: true, force: true });
process.exit(failed ? 1 : 0);
