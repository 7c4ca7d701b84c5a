/** Runs the checks of the sources. Usage: npm run check [-- NAME …], names: format, lint, types, boundaries, "committed files" */
import { GATES, runGate } from './lib/gates.mjs';
import { runTool, say } from './lib/say.mjs';
import { checkNode, ensureDependencies } from './lib/setup.mjs';

await runTool(async () => {
  checkNode();
  ensureDependencies();
  const wanted = process.argv.slice(2);
  let failures = 0;
  for (const gate of GATES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    const problems = await runGate(gate);
    if (problems) failures += 1;
    say(problems ? `${problems}\n✗ ${gate.name}` : `✓ ${gate.name}`);
  }
  return failures > 0 ? 1 : 0;
});
