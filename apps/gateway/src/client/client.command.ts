import { parseArgs } from 'node:util';
import { AppError, Audit, inTransaction, newId, realStoryClock, systemWireClock } from '@app/shared';
import type { DataSource } from 'typeorm';
import { ClientRepository } from './client.repository';
import { ClientsService } from './clients.service';

export const USAGE = `Usage: client create --name NAME --scopes "SCOPE SCOPE …" [--company ID] [--shops ID,ID] [--warehouses CODE,CODE]
Makes an API client and prints its id and secret once. Without --company: the only company, or a new one when there is none.`;

const OPTIONS = { name: { type: 'string' }, scopes: { type: 'string' }, company: { type: 'string' }, shops: { type: 'string' }, warehouses: { type: 'string' } } as const;

function split(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(/[\s,]+/).filter(Boolean))];
}

/** A list of ids, undefined (= all) when it is not given; an empty one is a mistake, never "all". */
function limit(name: string, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const ids = split(text);
  if (ids.length === 0) throw new AppError('VALIDATION', `--${name} names nothing; leave it out for no limit.\n${USAGE}`);
  return ids;
}

async function companyFor(dataSource: DataSource, clients: ClientRepository, wanted: string | undefined): Promise<string> {
  return inTransaction(dataSource, async (tx) => {
    const known = await clients.listCompanies(tx);
    if (!wanted && known.length > 1) {
      throw new AppError('VALIDATION', `There are several companies, choose one by --company: ${known.map(({ companyId, name }) => `${companyId} (${name})`).join(', ')}.`);
    }
    if (wanted && !/^cmp_[A-Za-z0-9_-]{1,40}$/.test(wanted)) throw new AppError('VALIDATION', `--company is an id such as cmp_main: cmp_ and letters, digits, _ or -.`);
    const companyId = wanted ?? known[0]?.companyId ?? newId('cmp');
    await clients.addCompany(tx, companyId, 'Company', systemWireClock.date());
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
  const scopes = split(values.scopes);
  if (positionals.join(' ') !== 'create' || !values.name?.trim() || scopes.length === 0) throw new AppError('VALIDATION', USAGE);
  const asked = { name: values.name.trim(), scopes, shops: limit('shops', values.shops), warehouses: limit('warehouses', values.warehouses) };
  const clients = new ClientRepository();
  const companyId = await companyFor(dataSource, clients, values.company);
  const service = new ClientsService(dataSource, clients, new Audit(realStoryClock), systemWireClock);
  const made = await service.create({ companyId, actor: 'operator', limits: null }, asked);
  return [`company        ${companyId}`, `client_id      ${made.clientId}`, `client_secret  ${made.clientSecret}`, `scopes         ${scopes.join(' ')}`, 'Keep the secret: it is not shown again.'].join('\n');
}
