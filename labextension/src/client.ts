import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type { ISentinelClient } from './tokens';
import type {
  IAlertDetail,
  IAlertQuery,
  IAlertsAnswer,
  IAlertsQuery,
  IHistogramAnswer,
  IHistogramQuery,
  ISignInState,
  IStatusAnswer,
  ITimeRangeState,
  IWireError,
  IWorkspaceState
} from './wire';
import { API_ROOT } from './wire';

/** The code of an error that opening the workspace again cures. */
const CLOSED = 'not_connected';

/** The code of an error that signing in with a code cures. */
const UNSIGNED = 'sign_in';

/** Whether a request failed because nobody is signed in. */
export function isUnsigned(reason: unknown): boolean {
  return reason instanceof SentinelError && reason.code === UNSIGNED;
}

/** A request that failed, with what its user can do about it. */
export class SentinelError extends Error {
  constructor(error: IWireError) {
    super(error.message);
    this.name = 'SentinelError';
    this.code = error.code;
    this.hint = error.hint;
    this.retryAfter = error.retryAfter;
  }

  readonly code: string;
  readonly hint: string;
  /** Seconds, if the server said. */
  readonly retryAfter: number | null;
}

/** The server extension over HTTP. */
export class SentinelClient implements ISentinelClient {
  constructor(
    private readonly _settings: ServerConnection.ISettings = ServerConnection.makeSettings()
  ) {}

  status(): Promise<IStatusAnswer> {
    return this._request('status', {});
  }

  connect(name: string): Promise<IWorkspaceState> {
    return this._post('connect', { name });
  }

  beginSignIn(workspace: string): Promise<ISignInState> {
    return this._post('signin', { workspace });
  }

  signIn(workspace: string): Promise<ISignInState> {
    return this._request(`signin?${searchOf({ workspace })}`, {});
  }

  stopSignIn(workspace: string): Promise<ISignInState> {
    return this._request(`signin?${searchOf({ workspace })}`, {
      method: 'DELETE'
    });
  }

  readTimeRange(spec: string): Promise<ITimeRangeState> {
    return this._post('timerange', { spec });
  }

  alerts(query: IAlertsQuery, signal?: AbortSignal): Promise<IAlertsAnswer> {
    return this._ask('alerts', query, signal);
  }

  histogram(
    query: IHistogramQuery,
    signal?: AbortSignal
  ): Promise<IHistogramAnswer> {
    return this._ask('histogram', query, signal);
  }

  alert(query: IAlertQuery, signal?: AbortSignal): Promise<IAlertDetail> {
    return this._ask('alert', query, signal);
  }

  /** Ask about a workspace; open it again if the server has closed it. */
  private async _ask<T>(
    verb: string,
    query: IAlertsQuery | IHistogramQuery | IAlertQuery,
    signal?: AbortSignal
  ): Promise<T> {
    const address = `${verb}?${searchOf(query)}`;
    const init = signal ? { signal } : {};
    try {
      return await this._request<T>(address, init);
    } catch (reason) {
      if (!(reason instanceof SentinelError) || reason.code !== CLOSED) {
        throw reason;
      }
      await this.connect(query.workspace);
      return await this._request<T>(address, init);
    }
  }

  private _post<T>(verb: string, body: Record<string, string>): Promise<T> {
    return this._request<T>(verb, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body)
    });
  }

  private async _request<T>(address: string, init: RequestInit): Promise<T> {
    const root = URLExt.join(this._settings.baseUrl, API_ROOT);
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(
        `${root}/${address}`,
        init,
        this._settings
      );
    } catch (reason) {
      if (init.signal?.aborted) {
        throw new DOMException('', 'AbortError');
      }
      throw new SentinelError(unreachable(reason));
    }
    const body = await decoded(response);
    if (!response.ok) {
      throw new SentinelError(failure(response, body));
    }
    return body as T;
  }
}

function searchOf(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return new URLSearchParams(
    given.map(([name, value]) => [name, String(value)])
  ).toString();
}

/** Whether a request ended because nobody wanted its answer any more. */
export function isAbort(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'AbortError';
}

async function decoded(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function failure(response: Response, body: unknown): IWireError {
  if (isRecord(body) && typeof body['message'] === 'string') {
    const { code, message, hint, retryAfter } = body;
    return {
      code: typeof code === 'string' ? code : 'http',
      message,
      hint: typeof hint === 'string' ? hint : '',
      retryAfter: typeof retryAfter === 'number' ? retryAfter : null
    };
  }
  return {
    code: response.status === 404 ? 'missing' : 'http',
    message: `The Jupyter server answered ${response.status}.`,
    hint:
      response.status === 404
        ? 'Its Sentinel extension is not enabled: run `jupyter sentinel check`.'
        : 'The server’s log says why.',
    retryAfter: null
  };
}

function unreachable(reason: unknown): IWireError {
  return {
    code: 'unreachable',
    message: 'The Jupyter server cannot be reached.',
    hint: reason instanceof Error ? reason.message : '',
    retryAfter: null
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
