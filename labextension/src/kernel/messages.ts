import type {
  IKernelError,
  IKernelState,
  ISignInPrompt,
  KernelMessage
} from '../wire';

/**
 * Reads what a kernel sent over the comm.
 *
 * @returns the message, or null for anything that is none of ours.
 */
export function asKernelMessage(data: unknown): KernelMessage | null {
  if (!isRecord(data)) {
    return null;
  }
  if (isState(data)) {
    return data;
  }
  return isError(data) ? data : null;
}

function isState(data: object): data is IKernelState {
  const { type, revision, timeRange, workspace, signIn } =
    data as Partial<IKernelState>;
  return (
    type === 'state' &&
    typeof revision === 'number' &&
    isRecord(timeRange) &&
    typeof timeRange.spec === 'string' &&
    typeof timeRange.label === 'string' &&
    (workspace === null ||
      (isRecord(workspace) &&
        typeof workspace.name === 'string' &&
        typeof workspace.address === 'string')) &&
    (signIn === undefined || signIn === null || isPrompt(signIn))
  );
}

function isPrompt(data: unknown): boolean {
  if (!isRecord(data)) {
    return false;
  }
  const { address, code, page, secondsLeft } = data as Partial<ISignInPrompt>;
  return (
    typeof address === 'string' &&
    typeof code === 'string' &&
    typeof secondsLeft === 'number' &&
    (page === null || typeof page === 'string')
  );
}

function isError(data: object): data is IKernelError {
  const { type, error } = data as Partial<IKernelError>;
  return (
    type === 'error' && isRecord(error) && typeof error.message === 'string'
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
