import type { Widget } from '@lumino/widgets';
import { SplitPanel } from '@lumino/widgets';

/** The width at which the sidebar's buttons have words, in CSS pixels. */
const COMFORTABLE = 340;

/**
 * Give `widget` a comfortable width, if it has less and there is room.
 *
 * @returns whether there is nothing more to do.
 */
export function widen(widget: Widget): boolean {
  const split = splitOf(widget);
  if (!split) {
    return true;
  }
  const index = split.widgets.findIndex(part =>
    part.node.contains(widget.node)
  );
  const total = split.node.clientWidth;
  const width = widget.node.clientWidth;
  if (width === 0 || index < 0) {
    return false;
  }
  if (width < COMFORTABLE && total >= 3 * COMFORTABLE) {
    const sizes = split.relativeSizes();
    const before = sizes[index] ?? 0;
    const after = COMFORTABLE / total;
    const shrink = (1 - after) / (1 - before);
    split.setRelativeSizes(
      sizes.map((size, at) => (at === index ? after : size * shrink))
    );
  }
  return true;
}

function splitOf(widget: Widget): SplitPanel | null {
  for (let up = widget.parent; up; up = up.parent) {
    if (up instanceof SplitPanel && up.orientation === 'horizontal') {
      return up;
    }
  }
  return null;
}
