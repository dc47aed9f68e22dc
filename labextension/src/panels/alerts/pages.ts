import type { ISentinelClient } from '../../tokens';
import type { IAlertRow, IAlertsAnswer, IAlertsQuery } from '../../wire';

/** As many as the server gives at once. */
const PAGE = 500;

/** More alerts than these are not fetched; the list says so. */
export const MOST_ALERTS = 20_000;

/**
 * Fetch all alerts, page by page.
 *
 * @param isFresh whether the server is to read them anew.
 * Yields all alerts fetched so far with the last page's answer. An alert that
 * moved to a later page, because newer ones came meanwhile, is not doubled.
 */
export async function* fetchAlerts(
  client: ISentinelClient,
  query: Omit<IAlertsQuery, 'offset' | 'limit' | 'fresh'>,
  isFresh: boolean,
  signal: AbortSignal
): AsyncGenerator<{ rows: readonly IAlertRow[]; answer: IAlertsAnswer }> {
  const rows = new Map<string, IAlertRow>();
  let offset = 0;
  for (;;) {
    const answer = await client.alerts(
      {
        ...query,
        offset,
        limit: PAGE,
        ...(isFresh && offset === 0 ? { fresh: true } : {})
      },
      signal
    );
    for (const row of answer.alerts) {
      rows.set(row.id, row);
    }
    yield { rows: [...rows.values()], answer };
    offset += answer.alerts.length;
    if (
      answer.alerts.length === 0 ||
      offset >= Math.min(answer.total, MOST_ALERTS)
    ) {
      return;
    }
  }
}
