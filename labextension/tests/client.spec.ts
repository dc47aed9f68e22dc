import type { ServerConnection } from '@jupyterlab/services';
import { expect, test } from 'vitest';

import { isAbort, SentinelClient, SentinelError } from '../src/client';

interface IAnswer {
  readonly status: number;
  readonly body: string;
}

interface IServer {
  readonly client: SentinelClient;
  readonly requests: { method: string; url: string; body: string | null }[];
}

function server(...answers: readonly (IAnswer | Error)[]): IServer {
  const requests: IServer['requests'] = [];
  const left = [...answers];
  const fetch = async (request: Request): Promise<Response> => {
    const { method, url } = request;
    requests.push({
      method,
      url: decodeURIComponent(url.replace(/\+/g, ' ')),
      body: method === 'POST' ? await request.text() : null
    });
    const answer = left.shift();
    if (!answer || answer instanceof Error) {
      throw answer ?? new Error('asked too often');
    }
    return new Response(answer.body, { status: answer.status });
  };
  const settings = {
    baseUrl: 'http://lab.test/user/',
    init: {},
    fetch,
    Request,
    Headers,
    token: '',
    appendToken: false,
    serializer: { serialize: () => '', deserialize: () => ({}) }
  } as unknown as ServerConnection.ISettings;
  return { client: new SentinelClient(settings), requests };
}

function ok(body: object): IAnswer {
  return { status: 200, body: JSON.stringify(body) };
}

test('what is not asked for is not in the address, what is has no special powers', async () => {
  const { client, requests } = server(ok({ alerts: [] }));
  await client.alerts({
    workspace: 'a&b=c',
    spec: '2019-02-17 2019-02-19',
    severity: '',
    contains: '#?%/..',
    offset: 0,
    limit: 500
  });
  expect(requests[0]?.url).toContain(
    'http://lab.test/user/jupyterlab-sentinel/api/alerts?workspace=a&b=c' +
      '&spec=2019-02-17 2019-02-19&contains=#?%/..&offset=0&limit=500'
  );
});

test('an error says what the server said', async () => {
  const { client } = server({
    status: 400,
    body: JSON.stringify({
      code: 'time_range',
      message: '“soon” is not a time range.',
      hint: 'Try 7d.',
      retryAfter: null
    })
  });
  await expect(client.readTimeRange('soon')).rejects.toMatchObject({
    code: 'time_range',
    message: '“soon” is not a time range.',
    hint: 'Try 7d.'
  });
});

test.each([
  [404, '<html>not found</html>', 'missing'],
  [502, '', 'http'],
  [500, '{"message": 7}', 'http']
])('an answer %d that is none of ours', async (status, body, code) => {
  const { client } = server({ status, body });
  const failure = client.status();
  await expect(failure).rejects.toBeInstanceOf(SentinelError);
  await expect(failure).rejects.toMatchObject({ code });
});

test('a server that cannot be reached', async () => {
  const { client } = server(new TypeError('Failed to fetch'));
  await expect(client.status()).rejects.toMatchObject({ code: 'unreachable' });
});

test('a workspace that the server has closed is opened again, once', async () => {
  const closed = {
    status: 409,
    body: JSON.stringify({ code: 'not_connected', message: 'Not open.' })
  };
  const { client, requests } = server(closed, ok({}), ok({ buckets: [] }));
  await client.histogram({ workspace: 'demo', spec: '7d' });
  expect(requests.map(request => request.method)).toEqual([
    'GET',
    'POST',
    'GET'
  ]);
  expect(requests[1]?.body).toBe('{"name":"demo"}');

  const stubborn = server(closed, ok({}), closed);
  await expect(
    stubborn.client.histogram({ workspace: 'demo' })
  ).rejects.toMatchObject({ code: 'not_connected' });
});

test('a request that nobody waits for is no failure', async () => {
  const controller = new AbortController();
  const { client } = server(new TypeError('aborted'));
  controller.abort();
  const failure = client
    .alert({ workspace: 'demo', id: '1' }, controller.signal)
    .catch((reason: unknown) => reason);
  expect(isAbort(await failure)).toBe(true);
  expect(isAbort(new Error('other'))).toBe(false);
});
