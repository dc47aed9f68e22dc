import { StreamLanguage } from '@codemirror/language';
import type { Extension, Text } from '@codemirror/state';
import { Compartment, EditorState, Prec } from '@codemirror/state';
import type {
  IEditorExtensionFactory,
  IEditorExtensionRegistry
} from '@jupyterlab/codemirror';
import { EditorExtensionRegistry } from '@jupyterlab/codemirror';

import { kql, prose } from './stream';

const MAGIC = /^\s*%%(sentinel|iocs)(?:\s|$)/;
/** IPython passes over blank lines before a magic; so many, at most, do we. */
const MOST_BLANK_LINES = 20;

/** What a cell holds beside Python: a query, or a report as it came. */
export type Content = 'kql' | 'prose';

/**
 * What the magic of a cell says that it holds; null for Python.
 *
 * Looks at the first line that is not blank, however long the cell is.
 */
export function contentOf(text: Text): Content | null {
  const last = Math.min(text.lines, MOST_BLANK_LINES);
  for (let number = 1; number <= last; number += 1) {
    const line = text.line(number).text;
    if (line.trim() !== '') {
      const magic = MAGIC.exec(line);
      return magic ? (magic[1] === 'iocs' ? 'prose' : 'kql') : null;
    }
  }
  return null;
}

/**
 * Reads cells that begin with `%%sentinel` as KQL and those with `%%iocs` as
 * text, and leaves all others alone.
 *
 * The language changes in the transaction that makes a cell one of these or
 * ends that, and in no other. It goes before the cell's own, whose colours it
 * uses: those of the theme.
 */
export function magicCells(text: () => Text | null = () => null): Extension {
  const languages = {
    kql: Prec.high(StreamLanguage.define(kql)),
    prose: Prec.high(StreamLanguage.define(prose))
  };
  const language = (content: Content | null): Extension =>
    content ? languages[content] : [];
  const compartment = new Compartment();
  const first = text();
  return [
    compartment.of(language(first && contentOf(first))),
    EditorState.transactionExtender.of(transaction => {
      if (!transaction.docChanged) {
        return null;
      }
      const content = contentOf(transaction.newDoc);
      return content === contentOf(transaction.startState.doc)
        ? null
        : { effects: compartment.reconfigure(language(content)) };
    })
  ];
}

/** Highlight what the magics' cells hold, in every notebook. */
export function addHighlighting(registry: IEditorExtensionRegistry): void {
  registry.addExtension({
    name: 'jupyterlab-sentinel:kql',
    factory: ({ inline, model }: IEditorExtensionFactory.IOptions) =>
      inline && !isProse(model.mimeType)
        ? EditorExtensionRegistry.createImmutableExtension(
            magicCells(() => textOf(model.sharedModel.getSource()))
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
