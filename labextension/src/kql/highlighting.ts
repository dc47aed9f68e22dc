import { StreamLanguage } from '@codemirror/language';
import type { Extension, Text } from '@codemirror/state';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import type {
  IEditorExtensionFactory,
  IEditorExtensionRegistry
} from '@jupyterlab/codemirror';
import { EditorExtensionRegistry } from '@jupyterlab/codemirror';

import { kql } from './stream';

const MAGIC = /^\s*%%sentinel(?:\s|$)/;
/** IPython passes over blank lines before a magic; so many, at most, do we. */
const MOST_BLANK_LINES = 20;

/**
 * Whether a cell is one of KQL.
 *
 * Looks at the first line that is not blank, however long the cell is.
 */
export function isKqlCell(text: Text): boolean {
  const last = Math.min(text.lines, MOST_BLANK_LINES);
  for (let number = 1; number <= last; number += 1) {
    const line = text.line(number).text;
    if (line.trim() !== '') {
      return MAGIC.test(line);
    }
  }
  return false;
}

/**
 * Reads cells that begin with `%%sentinel` as KQL, and leaves all others alone.
 *
 * The language changes in the transaction that makes a cell one of these or
 * ends that, and in no other. It goes before the cell's own, whose colours it
 * uses: those of the theme.
 */
export function kqlCells(text: () => Text | null = () => null): Extension {
  const language = Prec.high(StreamLanguage.define(kql));
  const compartment = new Compartment();
  const first = text();
  return [
    compartment.of(first && isKqlCell(first) ? language : []),
    EditorState.transactionExtender.of(transaction => {
      if (!transaction.docChanged) {
        return null;
      }
      const isKql = isKqlCell(transaction.newDoc);
      return isKql === isKqlCell(transaction.startState.doc)
        ? null
        : { effects: compartment.reconfigure(isKql ? language : []) };
    })
  ];
}

/** Highlight KQL in the cells of every notebook. */
export function addHighlighting(registry: IEditorExtensionRegistry): void {
  registry.addExtension({
    name: 'jupyterlab-sentinel:kql',
    factory: ({ inline, model }: IEditorExtensionFactory.IOptions) =>
      inline && !isProse(model.mimeType)
        ? EditorExtensionRegistry.createImmutableExtension(
            kqlCells(() => textOf(model.sharedModel.getSource()))
          )
        : null
  });
}

/** Markdown cells are of that type from the beginning. */
function isProse(mimeType: string): boolean {
  return /markdown|gfm/.test(mimeType);
}

function textOf(source: string): Text {
  return EditorState.create({ doc: source }).doc;
}
