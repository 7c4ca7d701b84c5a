import { escapeHtml, renderFrontPage, type FrontPageData } from './front-page.rules';

const EVIL = `<script>alert("1")</script>'&`;
const SAFE = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;';

const data: FrontPageData = {
  at: EVIL,
  shops: [{ name: EVIL, platform: EVIL, pull: EVIL, push: EVIL, tokenState: EVIL, lagSeconds: 3 }],
  orders: { items: [{ status: EVIL, count: 7 }], holds: [{ type: EVIL, count: 2 }] },
  alarms: [{ kind: EVIL, shopId: EVIL, since: EVIL, message: EVIL, advice: EVIL }],
};

describe('the front page of the demo', () => {
  it('escapes every text that comes from elsewhere', () => {
    const page = renderFrontPage(data);
    expect(page).not.toContain('<script');
    expect(page.split(SAFE)).toHaveLength(14);
  });

  it('shows shops with their lag, orders per status, holds and alarms', () => {
    const page = renderFrontPage({
      ...data,
      orders: { items: [{ status: 'shipped', count: 7 }], holds: [{ type: 'short_stock', count: 2 }] },
    });
    expect(page).toContain('<td>3 s</td>');
    expect(page).toContain('<td>shipped</td><td>7</td>');
    expect(page).toContain('<td>short_stock</td><td>2</td>');
    expect(page).toContain('href="/docs"');
    expect(page).toContain('http-equiv="refresh"');
  });

  it('says of a part that could not be read why, and shows the rest', () => {
    const page = renderFrontPage({ ...data, shops: { cause: '<away>' }, alarms: [] });
    expect(page).toContain('Not known at present: &lt;away&gt;');
    expect(page).toContain('<p>None.</p>');
  });

  it('escapes null and undefined to nothing', () => {
    expect(escapeHtml(null) + escapeHtml(undefined)).toBe('');
  });
});
