import { parseArgs } from 'node:util';
import { AppError, Audit, inTransaction, newId, realStoryClock, systemWireClock } from '@app/shared';
import type { DataSource } from 'typeorm';
import { ClientRepository } from './client.repository';
import { assertClientScopes } from './client.rules';
import { ClientsService } from './clients.service';

export const USAGE = `Usage: client create --name NAME --scopes "SCOPE SCOPE …" [--company ID] [--shops ID,ID] [--warehouses CODE,CODE]
       client list [--company ID]
       client help
create makes an API client and prints its id and secret once; list shows clients without secrets.
Without --company: the only company; create makes one when there is none.`;

const OPTIONS = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  company: { type: 'string' },
  shops: { type: 'string' },
  warehouses: { type: 'string' },
} as const;

/** Lines that `list` prints at most. */
const MOST_LISTED = 1_000;

function split(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(/[\s,]+/).filter(Boolean))];
}

/** A list of ids, undefined (= all) when it is not given; an empty one is a mistake, never "all". */
function limit(name: string, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = split(text);
  if (ids.length === 0)
    throw new AppError('VALIDATION', `--${name} names nothing; leave it out for no limit.\n${USAGE}`);
  return ids;
}

/** The company that is named, or the only one; made when there is none and `isMade` says so. */
async function companyFor(
  dataSource: DataSource,
  clients: ClientRepository,
  wanted: string | undefined,
  isMade: boolean,
): Promise<string> {
  return inTransaction(dataSource, async (tx) => {
    const known = await clients.listCompanies(tx);
    if (!wanted && known.length > 1) {
      throw new AppError(
        'VALIDATION',
        `There are several companies, choose one by --company: ${known.map(({ companyId, name }) => `${companyId} (${name})`).join(', ')}.`,
      );
    }
    if (wanted && !/^cmp_[A-Za-z0-9_-]{1,40}$/.test(wanted))
      throw new AppError('VALIDATION', `--company is an id such as cmp_main: cmp_ and letters, digits, _ or -.`);
    const companyId = wanted ?? known[0]?.companyId ?? newId('cmp');
    if (isMade) await clients.addCompany(tx, companyId, 'Company', systemWireClock.date());
    return companyId;
  });
}

/** Runs the command; returns what to print. Throws VALIDATION with the usage for wrong arguments. */
export async function runClientCommand(args: readonly string[], dataSource: DataSource): Promise<string> {
  let parsed: ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new AppError('VALIDATION', `${(error as Error).message}\n${USAGE}`, {}, { cause: error });
  }
  const { values, positionals } = parsed;
  const act = positionals.join(' ');
  if (act === 'help') return USAGE;
  if (act === 'list') return list(dataSource, values.company);
  const scopes = split(values.scopes);
  if (act !== 'create' || !values.name?.trim() || scopes.length === 0) throw new AppError('VALIDATION', USAGE);
  const asked = {
    name: values.name.trim(),
    scopes,
    shops: limit('shops', values.shops),
    warehouses: limit('warehouses', values.warehouses),
  };
  assertClientScopes(scopes);
  const clients = new ClientRepository();
  const companyId = await companyFor(dataSource, clients, values.company, true);
  const service = new ClientsService(dataSource, clients, new Audit(realStoryClock), systemWireClock);
  const made = await service.create({ companyId, actor: 'operator', limits: null }, asked);
  return [
    `company        ${companyId}`,
    `client_id      ${made.clientId}`,
    `client_secret  ${made.clientSecret}`,
    `scopes         ${scopes.join(' ')}`,
    'Keep the secret: it is not shown again.',
  ].join('\n');
}

async function list(dataSource: DataSource, company: string | undefined): Promise<string> {
  const clients = new ClientRepository();
  const companyId = await companyFor(dataSource, clients, company, false);
  const found = await inTransaction(dataSource, (tx) => clients.list(tx, companyId, '', MOST_LISTED));
  const lines = found.map(
    ({ clientId, name, scopes, disabledAt }) =>
      `${clientId}  ${disabledAt ? 'disabled' : 'enabled '}  ${name}  ${scopes.join(' ')}`,
  );
  return [`${found.length} client(s) of ${companyId}`, ...lines].join('\n');
}
