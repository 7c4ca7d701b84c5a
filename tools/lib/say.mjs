/** An error whose message is written for the person at the terminal; it is printed without a stack. */
export class PlainError extends Error {}

/** Prints one progress line; HUIDIAN_QUIET=1 keeps it silent. */
export function say(text) {
  if (process.env.HUIDIAN_QUIET !== '1') process.stderr.write(`${text}\n`);
}

/** Runs the body of a command line tool and turns its outcome into an exit code. */
export async function runTool(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    const text = error instanceof PlainError ? error.message : (error?.stack ?? String(error));
    process.stderr.write(`\n${text}\n`);
    process.exitCode = 1;
  }
}

/** Value of `--name value` or `--name=value` in a list of arguments. */
export function option(args, name) {
  const index = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (index < 0) return undefined;
  const arg = args[index];
  return arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : args[index + 1];
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
