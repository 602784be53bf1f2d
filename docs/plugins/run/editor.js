// The editor, which a page loads when its reader presses Edit: CodeMirror for Python.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  drawSelection,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

const wrong = StateEffect.define();
const wrongLine = StateField.define({
  create: () => Decoration.none,
  update(marks, { docChanged, effects, state }) {
    for (const effect of effects) {
      if (!effect.is(wrong)) continue;
      const line = effect.value && effect.value <= state.doc.lines && state.doc.line(effect.value);
      return line
        ? Decoration.set(Decoration.line({ class: "run-wrong" }).range(line.from))
        : Decoration.none;
    }
    return docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// What a reader does not see, or what makes code look like other code: characters without a picture,
// those that turn the direction of text, and spaces other than the space.
const HIDDEN =
  /(?![ \t\n])[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2800]/gu;

// Such a character by its number, in place of it.
function marked(code) {
  const textContent = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const title = `Hidden character ${textContent}`;
  return Object.assign(document.createElement("span"), { className: "run-hidden", textContent, title });
}

// The Tab key leaves the editor, as it does everywhere else on the page.
export function edit(parent, text, { label, changed }) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        highlightSpecialChars({ specialChars: HIDDEN, render: marked }),
        indentOnInput(),
        indentUnit.of("    "),
        bracketMatching(),
        python(),
        syntaxHighlighting(classHighlighter),
        wrongLine,
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => update.docChanged && changed()),
      ],
    }),
  });
  return {
    get text() {
      return view.state.doc.toString();
    },
    set text(insert) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert } });
    },
    // How many hidden characters the text has.
    get hidden() {
      return this.text.match(HIDDEN)?.length ?? 0;
    },
    mark: (line) => view.dispatch({ effects: wrong.of(line) }),
    focus: () => view.focus(),
  };
}
