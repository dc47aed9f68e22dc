import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** Ids kept; the oldest are forgotten first. */
const MOST_MARKS = 5000;

/** Which alerts have been looked at. */
export class ReadMarks {
  /** @param _keep told the ids whenever one is added. */
  constructor(private readonly _keep: (ids: readonly string[]) => void) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  has(id: string): boolean {
    return this._ids.has(id);
  }

  add(id: string): void {
    if (this._ids.has(id)) {
      return;
    }
    this._ids.add(id);
    for (const oldest of this._ids) {
      if (this._ids.size <= MOST_MARKS) {
        break;
      }
      this._ids.delete(oldest);
    }
    this._keep([...this._ids]);
    this._changed.emit();
  }

  /** Take over the marks of an earlier visit. */
  restore(values: unknown): void {
    if (Array.isArray(values)) {
      values
        .filter(value => typeof value === 'string')
        .slice(-MOST_MARKS)
        .forEach(id => this._ids.add(id));
      this._changed.emit();
    }
  }

  private readonly _ids = new Set<string>();
  private readonly _changed = new Signal<this, void>(this);
}
