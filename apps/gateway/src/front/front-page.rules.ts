/** What the page shows; a part that could not be read is its cause. */
export interface FrontPageData {
  at: string;
  shops:
    | { name: string; platform: string; pull: string; push: string; tokenState: string; lagSeconds: number | null }[]
    | { cause: string };
  orders: { items: { status: string; count: number }[]; holds: { type: string; count: number }[] } | { cause: string };
  alarms: { kind: string; shopId: string | null; since: string; message: string; advice: string }[] | { cause: string };
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A text that is safe inside of HTML and of quoted attributes. */
export function escapeHtml(value: unknown): string {
  return String(value ?? '').replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}

function table(heads: readonly string[], lines: readonly (readonly unknown[])[]): string {
  if (lines.length === 0) return '<p>None.</p>';
  const head = heads.map((text) => `<th>${escapeHtml(text)}</th>`).join('');
  const body = lines
    .map((cells) => `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`)
    .join('\n');
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}

function section<T extends object>(title: string, part: T | { cause: string }, show: (known: T) => string): string {
  const content =
    'cause' in part ? `<p class="missing">Not known at present: ${escapeHtml(part.cause)}</p>` : show(part);
  return `<section><h2>${escapeHtml(title)}</h2>\n${content}</section>`;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1c2733}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #dde3ea}
.missing{color:#a33}nav a{margin-right:1rem}`;

/** The demo's front page as HTML. */
export function renderFrontPage(data: FrontPageData): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Huidian 汇店</title><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style></head><body>
<h1>Huidian 汇店</h1>
<nav><a href="/docs">API documentation</a><a href="/docs-json">OpenAPI</a><a href="/health/ready">Health</a><a href="/metrics">Metrics</a></nav>
${section('Shops', data.shops, (shops) =>
  table(
    ['Shop', 'Platform', 'Token', 'Pull', 'Push', 'Orders behind by'],
    shops.map((shop) => [
      shop.name,
      shop.platform,
      shop.tokenState,
      shop.pull,
      shop.push,
      shop.lagSeconds === null ? 'not known' : `${shop.lagSeconds} s`,
    ]),
  ),
)}
${section('Orders', data.orders, ({ items }) =>
  table(
    ['Status', 'Orders'],
    items.map(({ status, count }) => [status, count]),
  ),
)}
${section('Open holds', data.orders, ({ holds }) =>
  table(
    ['Hold', 'Orders'],
    holds.map(({ type, count }) => [type, count]),
  ),
)}
${section('Open alarms', data.alarms, (alarms) =>
  table(
    ['Alarm', 'Shop', 'Since', 'Message', 'Advice'],
    alarms.map(({ kind, shopId, since, message, advice }) => [kind, shopId, since, message, advice]),
  ),
)}
<p>Story time ${escapeHtml(data.at)}. Try: <code>curl -d 'grant_type=client_credentials&amp;client_id=demo&amp;client_secret=demo-secret' /auth/token</code></p>
</body></html>
`;
}
