// Bundles the models of Kaoto without its user interface, which needs a browser.
import { build } from 'esbuild';

const nothing = `const nothing = new Proxy(function () { return nothing; }, {
  get: (target, key) => key === '__esModule' ? false : key === Symbol.toPrimitive ? () => '' : nothing,
  construct: () => nothing });
module.exports = nothing;`;
const withoutUserInterface = {
  name: 'without-user-interface',
  setup(bundle) {
    bundle.onResolve({ filter: /^(react|@patternfly\/|@kaoto\/forms|monaco|@monaco|@kie-tools|html-to-image|@dnd-kit|uniforms)/ },
      module => ({ path: module.path, namespace: 'nothing' }));
    bundle.onResolve({ filter: /\.(css|scss|svg|png)(\?.*)?$/ }, file => ({ path: file.path, namespace: 'nothing' }));
    bundle.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: nothing, loader: 'js' }));
  },
};

await build({
  entryPoints: ['round-trip.mjs'],
  outfile: 'target/round-trip.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  external: ['jsdom'],
  plugins: [withoutUserInterface],
  logLevel: 'error',
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
