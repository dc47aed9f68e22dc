import type { IKernelError, IKernelState, KernelMessage } from '../wire';

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
  const { type, revision, timeRange, workspace } =
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
        typeof workspace.address === 'string'))
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
