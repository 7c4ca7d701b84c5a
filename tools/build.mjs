/** Builds the whole tree into dist/. Usage: npm run build */
import { runTool } from './lib/say.mjs';
import { checkNode, ensureBuild, ensureDependencies } from './lib/setup.mjs';

await runTool(async () => {
  checkNode();
  ensureDependencies();
  await ensureBuild({ force: true });
});
