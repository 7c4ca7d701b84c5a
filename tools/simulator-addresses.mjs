/**
 * Prints, as one JSON object, the environment that points every adapter at a simulator.
 * Usage: node tools/simulator-addresses.mjs http://127.0.0.1:3100 [folder …]
 */
import { simulatorAddresses } from './lib/simulator-addresses.mjs';

const [url, ...folders] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(simulatorAddresses(url, folders))}\n`);
