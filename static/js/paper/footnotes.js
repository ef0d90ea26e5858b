// Footnotes keep the order of the text: their numbers, when one is added, when some are pasted.

import { Extension, Plugin, pm } from "django-prose-editor/editor";

const labelsOf = (doc) => {
  const marks = [];
  const notes = [];
  doc.descendants((node, place) => {
    if (node.type.name === "noteMark") marks.push({ label: node.attrs.label, place });
    if (node.type.name === "footnote") notes.push({ label: node.attrs.label, place });
  });
  return { marks, notes };
};

const asWords = ({ marks, notes }) => [...marks, "|", ...notes].map((one) => one.label ?? one).join(" ");

export const Numbering = Extension.create({
  name: "numbering",
  addProseMirrorPlugins: () => [
    new Plugin({
      // One that came, went or moved: all are counted anew, unless their writer gave them names.
      appendTransaction: (transactions, before, after) => {
        if (!transactions.some((one) => one.docChanged)) return null;
        const now = labelsOf(after.doc);
        const all = [...now.marks, ...now.notes];
        if (!all.length || asWords(labelsOf(before.doc)) === asWords(now) || all.some(({ label }) => !/^\d+$/.test(label))) return null;
        const numbers = new Map();
        for (const { label } of all) if (!numbers.has(label)) numbers.set(label, String(numbers.size + 1));
        const wrong = all.filter(({ label }) => numbers.get(label) !== label);
        if (!wrong.length) return null;
        const change = after.tr;
        for (const { label, place } of wrong) change.setNodeAttribute(place, "label", numbers.get(label));
        return change;
      },
    }),
  ],
});

// Before the first note whose mark comes later in the text; else after everything.
const placeForNote = (doc, position) => {
  const { marks, notes } = labelsOf(doc);
  const later = new Set(marks.filter(({ place }) => place >= position).map(({ label }) => label));
  for (const { label, place } of marks) if (place < position) later.delete(label);
  return notes.find(({ label }) => later.has(label))?.place ?? doc.content.size;
};

// Pasted notes go where the notes stand; what was pasted with them, where the cursor is.
export const pasteNotes = (view, slice) => {
  const { Fragment, Slice } = pm.model;
  const notes = [];
  const words = [];
  slice.content.forEach((node) => (node.type.name === "footnote" ? notes : words).push(node));
  if (!notes.length || !words.length) return false;
  const body = Slice.maxOpen(Fragment.from(words));
  const change = view.state.tr.replaceSelection(new Slice(body.content, Math.min(body.openStart, slice.openStart), body.openEnd));
  const end = change.mapping.map(view.state.selection.to);
  view.dispatch(change.insert(placeForNote(change.doc, end), Fragment.from(notes)).scrollIntoView());
  return true;
};

export const addFootnote = (editor) => {
  if (editor.isActive("footnote")) return;
  const { marks, notes } = labelsOf(editor.state.doc);
  const numbers = [...marks, ...notes].map(({ label }) => Number(label)).filter(Number.isFinite);
  const fresh = String(Math.max(0, ...numbers) + 1);
  editor
    .chain()
    .command(({ tr, state }) => {
      const { noteMark, footnote } = state.schema.nodes;
      const { $to } = tr.selection;
      if (!$to.parent.inlineContent) return false;
      tr.setSelection(pm.state.TextSelection.create(tr.doc, $to.pos));
      tr.replaceSelectionWith(noteMark.create({ label: fresh }), false);
      const place = placeForNote(tr.doc, tr.selection.to);
      tr.insert(place, footnote.create({ label: fresh }));
      tr.setSelection(pm.state.TextSelection.create(tr.doc, place + 1));
      tr.scrollIntoView();
      return true;
    })
    .run();
};

// Labels that the text already has must not become two notes of one name.
export const relabelled = (blocks, doc) => {
  const { marks, notes } = labelsOf(doc);
  const most = Math.max(0, ...[...marks, ...notes].map(({ label }) => Number(label) || 0));
  const renamed = (one) => {
    if (one.note) return { ...one, note: String(Number(one.note) + most) };
    const copy = { ...one };
    if (copy.kind === "footnote") copy.label = String(Number(copy.label) + most);
    if (copy.runs) copy.runs = copy.runs.map(renamed);
    if (copy.blocks) copy.blocks = copy.blocks.map(renamed);
    if (copy.items) copy.items = copy.items.map((item) => item.map(renamed));
    return copy;
  };
  return blocks.map(renamed);
};
