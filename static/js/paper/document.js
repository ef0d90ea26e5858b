// What the formatted view can hold, and the way there from the blocks of a source and back.

import {
  Blockquote, Bold, BulletList, Document, Gapcursor, HardBreak, Heading, History, HorizontalRule, Italic, ListItem, Mark, Node,
  OrderedList, Paragraph, Text, markInputRule, wrappingInputRule,
} from "django-prose-editor/editor";
import { cleanAddress } from "paper/reading";

const Link = Mark.create({
  name: "link",
  inclusive: false,
  addAttributes: () => ({ href: { default: null } }),
  parseHTML: () => [{ tag: "a[href]", getAttrs: (link) => (cleanAddress(link.getAttribute("href")) ? null : false) }],
  renderHTML: ({ HTMLAttributes }) => ["a", { href: cleanAddress(HTMLAttributes.href) ?? "#", rel: "noopener noreferrer" }, 0],
});

// Without the library's kinds of numbers, whose style no page may bear; "1. " begins a list, as "- " does.
const NumberedList = OrderedList.extend({
  addAttributes: () => ({ start: { default: 1, parseHTML: (list) => Number.parseInt(list.getAttribute("start"), 10) || 1 } }),
  addNodeView: () => null,
  addInputRules() {
    return [wrappingInputRule({ find: /^1[.)]\s$/, type: this.type })];
  },
});

export const touchesNote = ({ doc, selection }) => {
  let isTouched = false;
  doc.nodesBetween(selection.from, selection.to, (node) => { isTouched ||= node.type.name === "footnote"; });
  return isTouched;
};

// "# " in a note is what it says.
const Title = Heading.extend({
  addInputRules() {
    return this.parent().map((rule) => {
      const { handler } = rule;
      rule.handler = (typed) => (touchesNote(typed.state) ? null : handler(typed));
      return rule;
    });
  },
});

const NoteMark = Node.create({
  name: "noteMark",
  group: "inline",
  inline: true,
  atom: true,
  addAttributes: () => ({ label: { default: "1", parseHTML: (mark) => mark.dataset.noteMark } }),
  parseHTML: () => [{ tag: "sup[data-note-mark]" }],
  renderHTML: ({ node }) => ["sup", { "data-note-mark": node.attrs.label }, node.attrs.label],
  renderText: ({ node }) => `[^${node.attrs.label}]`,
});

const Footnote = Node.create({
  name: "footnote",
  group: "block",
  content: "inline*",
  defining: true,
  addAttributes: () => ({ label: { default: "1", parseHTML: (note) => note.dataset.note } }),
  parseHTML: () => [{ tag: "p[data-note]", priority: 60 }],
  renderHTML: ({ node }) => ["p", { "data-note": node.attrs.label, "aria-label": `Footnote ${node.attrs.label}` }, 0],
  // Before the headings and lists are asked.
  priority: 200,
  // A paragraph after a note, not the same note twice; and no other form, which would leave its number without a note.
  addKeyboardShortcuts() {
    const stays = () => touchesNote(this.editor.state);
    return {
      ...Object.fromEntries([..."123456"].map((level) => [`Mod-Alt-${level}`, stays])),
      "Mod-Alt-0": stays,
      "Mod-Shift-7": stays,
      "Mod-Shift-8": stays,
      "Mod-Shift-b": stays,
      Enter: () => this.editor.isActive("footnote") && this.editor.chain().setHardBreak().run(),
      Backspace: () => {
        const { $from, empty } = this.editor.state.selection;
        if (!empty || $from.parent.type.name !== "footnote" || $from.parentOffset) return false;
        return this.editor.commands.setNode("paragraph");
      },
    };
  },
});

// A passage typed between asterisks; `5 * 3 * 2` is none, and underscores stay what they are.
const Strong = Bold.extend({
  addInputRules() {
    return [markInputRule({ find: /(?:^|\s)(\*\*([^*\s](?:[^*]*[^*\s])?)\*\*)$/, type: this.type })];
  },
});
const Emphasis = Italic.extend({
  addInputRules() {
    return [markInputRule({ find: /(?:^|\s)(\*([^*\s](?:[^*]*[^*\s])?)\*)$/, type: this.type })];
  },
});

export const KINDS = [
  Document, Paragraph, Text, Strong, Emphasis, Title, BulletList, NumberedList, ListItem, Blockquote, HorizontalRule, HardBreak,
  History, Gapcursor, Link, NoteMark, Footnote,
];

// --- between blocks and nodes ------------------------------------------------------------------------------------
const asInline = (runs) =>
  runs.map((run) => {
    if (run.breaks) return { type: "hardBreak" };
    if (run.note) return { type: "noteMark", attrs: { label: run.note } };
    const marks = [];
    if (run.href) marks.push({ type: "link", attrs: { href: run.href } });
    if (run.strong) marks.push({ type: "bold" });
    if (run.emphasis) marks.push({ type: "italic" });
    return { type: "text", text: run.text, marks };
  });

export const asNode = (block) => {
  const content = block.runs && asInline(block.runs);
  if (block.kind === "heading") return { type: "heading", attrs: { level: block.level }, content };
  if (block.kind === "footnote") return { type: "footnote", attrs: { label: block.label }, content };
  if (block.kind === "quote") return { type: "blockquote", content: asNodes(block.blocks) };
  if (block.kind === "rule") return { type: "horizontalRule" };
  if (block.kind === "paragraph") return { type: "paragraph", content };
  const items = block.items.map((item) => ({ type: "listItem", content: asNodes(item) }));
  return block.start === null ? { type: "bulletList", content: items } : { type: "orderedList", attrs: { start: block.start }, content: items };
};

export const asNodes = (blocks) => (blocks.length ? blocks.map(asNode) : [{ type: "paragraph" }]);

const runsOf = (node) => {
  const runs = [];
  node.forEach((child) => {
    if (child.type.name === "hardBreak") runs.push({ breaks: true });
    else if (child.type.name === "noteMark") runs.push({ note: child.attrs.label });
    else {
      const has = (name) => child.marks.find((mark) => mark.type.name === name);
      runs.push({ text: child.text, strong: Boolean(has("bold")), emphasis: Boolean(has("italic")), href: has("link")?.attrs.href });
    }
  });
  return runs;
};

export const childrenOf = (node) => Array.from({ length: node.childCount }, (_, place) => node.child(place));

export const blockOf = (node) => {
  const kind = node.type.name;
  if (kind === "heading") return { kind, level: node.attrs.level, runs: runsOf(node) };
  if (kind === "footnote") return { kind, label: node.attrs.label, runs: runsOf(node) };
  if (kind === "blockquote") return { kind: "quote", blocks: childrenOf(node).map(blockOf) };
  if (kind === "horizontalRule") return { kind: "rule" };
  if (kind === "paragraph") return { kind, runs: runsOf(node) };
  const start = kind === "orderedList" ? node.attrs.start : null;
  return { kind: "list", start, items: childrenOf(node).map((item) => childrenOf(item).map(blockOf)) };
};
