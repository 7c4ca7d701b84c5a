import { say } from '../lib/say.mjs';

/** Tells what became of one defect, its diff included. */
export function tellDefect({ defect, diff, isCaught, test, assertion, why }) {
  say(`\n${isCaught ? 'CAUGHT' : 'NOT CAUGHT'} ${defect.id}: ${defect.title}\n${diff}`);
  say(isCaught ? `  red: ${test}\n  ${assertion}` : `  ${defect.spec}: ${why}`);
}

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');

/** The results as a table in Markdown. */
export function tableOf(results) {
  const rows = results.map(({ defect, isCaught, test, why }) =>
    [defect.id, defect.title, defect.patches.map(({ file }) => file).join(', '), isCaught ? test : `NOT CAUGHT: ${why}`]
      .map(cell)
      .join(' | '),
  );
  return [
    '| Defect | Mistake | Place | Test that turned red |',
    '|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

/** The last line. */
export function summaryOf(results) {
  return `${results.filter(({ isCaught }) => isCaught).length} of ${results.length} defects turned a test red`;
}
