// Opens each file with Kaoto's own parser, edits it, saves it with Kaoto's own serializer, and compares: the edit is the only difference.
import './dom.mjs';
import { CamelResourceFactory } from './node_modules/@kaoto/kaoto/lib/esm/models/camel/camel-resource-factory.js';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';

const EDIT = 'Edited with Kaoto';

function open(file) {
  const path = file.replace(/[.]sample$/, '');
  return CamelResourceFactory.createCamelResource(readFileSync(file, 'utf8'), { path });
}

function withoutEdit(saved, original) {
  const document = parse(saved);
  const routes = Array.isArray(document) ? document.map(item => item.route) : [document.spec.template];
  const before = parse(original);
  const originals = Array.isArray(before) ? before.map(item => item.route) : [before.spec.template];
  let edits = 0;
  routes.forEach((route, index) => {
    if (route?.from?.description === EDIT) {
      edits++;
      if (originals[index].from.description === undefined) {
        delete route.from.description;
      } else {
        route.from.description = originals[index].from.description;
      }
    }
  });
  return { document, edits };
}

/** Comments within a document are not in the model of Kaoto: a shipped file must have none. */
function inner(text) {
  const lines = text.split('\n');
  const first = lines.findIndex(line => line.trim() !== '' && !line.trim().startsWith('#'));
  return lines.slice(first).filter(line => line.trim().startsWith('#'));
}

let failed = 0;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, 'utf8');
  const problems = [];
  if (!isDeepStrictEqual(parse(await open(file).toString()), parse(text))) {
    problems.push('saved without an edit, it differs');
  }
  const edited = open(file);
  const entities = edited.getVisualEntities();
  for (const entity of entities) {
    entity.updateModel(`${entity.getRootPath()}.from.description`, EDIT);
  }
  const { document, edits } = withoutEdit(await edited.toString(), text);
  if (edits === 0 || edits !== entities.length) {
    problems.push(`${entities.length} routes, but ${edits} edits were saved`);
  }
  if (!isDeepStrictEqual(document, parse(text))) {
    problems.push('saved with an edit, more than the edit differs');
  }
  if (inner(text).length > 0) {
    problems.push(`comments that Kaoto drops: ${inner(text).join(' ')}`);
  }
  console.log(problems.length === 0 ? `ok    ${file}` : `WRONG ${file}: ${problems.join('; ')}`);
  failed += problems.length;
}
process.exit(failed === 0 ? 0 : 1);
