import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { SentinelError } from '../src/client';
import { signInPage } from '../src/elements/portal';
import { asKernelMessage } from '../src/kernel/messages';
import { clock } from '../src/panels/signin/body';
import { SignInModel } from '../src/panels/signin/model';
import { WorkspaceModel } from '../src/panels/workspace/model';
import { SentinelSession } from '../src/session';
import type { ISignInState } from '../src/wire';
import { FakeClient, kernelState, signInPrompt, workspace } from './fakes';

const waiting: ISignInState = {
  status: 'waiting',
  prompt: signInPrompt(),
  error: null
};
const done: ISignInState = { status: 'done', prompt: null, error: null };
const unsigned = new SentinelError({
  code: 'sign_in',
  message: 'Nobody is signed in.',
  hint: '',
  retryAfter: null
});

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function setUp(client: FakeClient): {
  model: SignInModel;
  panel: WorkspaceModel;
  session: SentinelSession;
} {
  const session = new SentinelSession(client);
  const model = new SignInModel(client, session);
  return { model, panel: new WorkspaceModel(session, model), session };
}

describe('the server’s sign-in', () => {
  test('shows the code until it is entered, then connects', async () => {
    let isSigned = false;
    const client = new FakeClient({
      connect: name =>
        isSigned
          ? Promise.resolve(workspace(name))
          : Promise.reject(unsigned),
      beginSignIn: () => Promise.resolve(waiting),
      signIn: () => Promise.resolve(isSigned ? done : waiting)
    });
    const { model, panel, session } = setUp(client);
    expect(await panel.connect('contoso')).toBe(false);
    expect(panel.unsigned).toBe('contoso');
    const signing = panel.signIn('contoso');
    await vi.advanceTimersByTimeAsync(10);
    expect(model.shown?.prompt.code).toBe('ABCD1234');
    expect(panel.unsigned).toBeNull();
    await vi.advanceTimersByTimeAsync(4000);
    expect(model.shown).not.toBeNull();
    isSigned = true;
    await vi.advanceTimersByTimeAsync(2000);
    await signing;
    expect(model.shown).toBeNull();
    expect(session.workspace?.name).toBe('contoso');
  });

  test('asks no more once it is let go', async () => {
    const client = new FakeClient({
      beginSignIn: () => Promise.resolve(waiting),
      signIn: () => Promise.resolve(waiting)
    });
    const { model } = setUp(client);
    const signing = model.begin('contoso');
    await vi.advanceTimersByTimeAsync(10);
    await model.stop();
    expect(model.shown).toBeNull();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await signing).toBe(false);
    expect(client.asked).toEqual(['begin contoso', 'stop contoso']);
  });

  test('says why it failed, and shows no code', async () => {
    const error = { code: 'access', message: 'declined', hint: '', retryAfter: 1 };
    const { model } = setUp(
      new FakeClient({
        beginSignIn: () => Promise.resolve(waiting),
        signIn: () =>
          Promise.resolve({ status: 'failed', prompt: null, error })
      })
    );
    const signing = model.begin('contoso');
    await vi.advanceTimersByTimeAsync(2500);
    expect(await signing).toBe(false);
    expect(model.failure?.message).toBe('declined');
    expect(model.shown).toBeNull();
  });

  test('a code whose time is over is taken away', async () => {
    const prompt = signInPrompt({ secondsLeft: 3 });
    const { model } = setUp(
      new FakeClient({
        beginSignIn: () => Promise.resolve({ ...waiting, prompt }),
        signIn: () => Promise.resolve({ ...waiting, prompt: null })
      })
    );
    void model.begin('contoso');
    await vi.advanceTimersByTimeAsync(10);
    model.expire();
    expect(model.shown).not.toBeNull();
    vi.setSystemTime(Date.now() + 3000);
    model.expire();
    expect(model.shown).toBeNull();
    await model.stop();
  });
});

describe('messages of a kernel', () => {
  test('a prompt of another shape is none of ours', () => {
    const good = kernelState({ signIn: signInPrompt() });
    expect(asKernelMessage(good)).toBe(good);
    for (const signIn of [7, {}, { ...signInPrompt(), code: {} }, []]) {
      expect(asKernelMessage({ ...good, signIn })).toBeNull();
    }
  });
});

test.each([
  ['https://microsoft.com/devicelogin', true],
  ['https://microsoft.com.evil.example/devicelogin', false],
  ['javascript:alert(1)', false],
  ['https://microsoft.com/devicelogin?next=https://evil.example', false],
  [null, false]
])('%s is a sign-in page: %s', (page, isPage) => {
  expect(signInPage(page)).toBe(isPage ? page : null);
});

test.each([
  [0, '0:00'],
  [65, '1:05'],
  [900, '15:00']
])('%s seconds are %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});
