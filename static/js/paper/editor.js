// Lays a formatted view over the box a paper is written in. The box stays the truth: what is written here goes into it
// as Markdown at each change, and static/js/draft.js saves it from there as if it had been typed. Opening the page
// changes nothing, blocks that were not touched keep their source to the letter, and where this does not come up, or is
// switched off, the box is written in as it is.

import { Editor, pm } from "django-prose-editor/editor";
import { KINDS, asNode, asNodes, blockOf, childrenOf } from "paper/document";
import { Numbering, pasteNotes, relabelled } from "paper/footnotes";
import { fromHtml, isFormatted } from "paper/pasted";
import { read } from "paper/reading";
import { catchUp, focusText, openLink, showState, showTools, tools, view } from "paper/tools";
import { follows, tidy, write } from "paper/writing";

const PLAIN = "writing:plain";

const form = document.getElementById("editor");
const field = form.elements.text;
const label = form.querySelector(`label[for="${field.id}"]`);
const toggle = form.querySelector("[data-plain]");

let editor = null;

// --- between the box and the view --------------------------------------------------------------------------------
const sources = new WeakMap();

// Each block of the document remembers the lines it came from, for as long as nobody changes it.
const remember = (doc, text, blocks) => {
  const lines = text.split("\n");
  blocks.forEach((block, place) => sources.set(doc.child(place), lines.slice(block.from, block.to).join("\n")));
};

const sourceOf = (doc) => {
  const parts = [];
  let run = [];
  // Lists that touch are written together: their signs tell them apart.
  const flush = () => {
    if (run.length === 1) parts.push(lastSourceOf(run[0]));
    else if (run.length) parts.push(write(run.map(blockOf)));
    run = [];
  };
  for (const node of childrenOf(doc)) {
    if (run.length && !follows(outline(run.at(-1)), outline(node))) flush();
    run.push(node);
  }
  flush();
  return parts.filter((part) => part).join("\n\n");
};

const lastSourceOf = (node) => {
  if (!sources.has(node)) sources.set(node, write([blockOf(node)]));
  return sources.get(node);
};

const outline = (node) => {
  const kind = node.type.name;
  return kind === "bulletList" ? { kind: "list", start: null } : kind === "orderedList" ? { kind: "list", start: 1 } : { kind };
};

// --- pasting -----------------------------------------------------------------------------------------------------
const htmlOf = (blocks, schema) => {
  const holder = document.createElement("div");
  const nodes = tidy(blocks).map((block) => schema.nodeFromJSON(asNode(block)));
  holder.append(pm.model.DOMSerializer.fromSchema(schema).serializeFragment(pm.model.Fragment.from(nodes)));
  return holder.innerHTML;
};

const cleanPasted = (html, { state }) => {
  if (/data-pm-slice/.test(html)) return html;
  return htmlOf(relabelled(fromHtml(html), state.doc), state.schema);
};

const readPasted = (text, $context, _isPlain, { state }) => {
  const { Fragment, Slice } = pm.model;
  // A few words in the middle of a line are just these words.
  if (!/[\r\n]/.test(text)) return new Slice(text ? Fragment.from(state.schema.text(text, $context.marks())) : Fragment.empty, 0, 0);
  const nodes = tidy(read(text)).map((block) => state.schema.nodeFromJSON(asNode(block)));
  return Slice.maxOpen(Fragment.from(nodes));
};

// In the plain box what comes with a format comes as its source.
field.addEventListener("paste", (event) => {
  const html = event.clipboardData?.getData("text/html");
  if (!html) return;
  const blocks = fromHtml(html);
  if (!isFormatted(blocks)) return;
  event.preventDefault();
  document.execCommand("insertText", false, write(blocks));
});

// --- the view ----------------------------------------------------------------------------------------------------
let leavesByTab = false;

const begin = () => {
  const text = field.value.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  const blocks = read(text);
  const box = document.createElement("div");
  box.className = "rich-box";
  field.before(box);
  editor = new Editor({
    element: box,
    injectCSS: false,
    enablePasteRules: false,
    content: { type: "doc", content: asNodes(blocks) },
    extensions: [...KINDS, Numbering],
    editorProps: {
      attributes: described(),
      transformPastedHTML: cleanPasted,
      clipboardTextParser: readPasted,
      handlePaste: (target, _event, slice) => pasteNotes(target, slice),
      handleKeyDown: (_view, event) => onKey(event),
      handleDOMEvents: { mouseup: catchUp, keydown: catchUp },
    },
    onUpdate: bring,
    onTransaction: showState,
  });
  remember(editor.state.doc, text, blocks);
  view.editor = editor;
  if (document.activeElement === field) goOn(text.slice(0, field.selectionStart));
  // One box of this name, not two.
  label.removeAttribute("for");
  field.hidden = true;
  showTools(true);
};

const end = () => {
  editor?.destroy();
  editor = view.editor = null;
  form.querySelector(".rich-box")?.remove();
  label.htmlFor = field.id;
  field.hidden = false;
  showTools(false);
};

// What stands in the view, into the box. Whatever fails, the words are there, and are gone on with there.
const bring = () => {
  const { doc } = editor.state;
  let source;
  try {
    source = sourceOf(doc);
  } catch (error) {
    const caret = doc.textBetween(0, editor.state.selection.from, "\n\n", "\n").length;
    source = doc.textBetween(0, doc.content.size, "\n\n", "\n");
    end();
    showToggle();
    field.value = source;
    field.focus();
    field.setSelectionRange(caret, caret);
    console.error(error);
  }
  if (editor && source === field.value) return;
  field.value = source;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

const described = () => {
  const about = { class: "form-control paper prose", role: "textbox", "aria-multiline": "true", "aria-labelledby": label.id };
  for (const name of ["aria-describedby", "aria-invalid"]) if (field.hasAttribute(name)) about[name] = field.getAttribute(name);
  about["aria-describedby"] = `${about["aria-describedby"] ?? ""} ${form.querySelector("[data-tools-help]").id}`.trim();
  if (field.classList.contains("is-invalid")) about.class += " is-invalid";
  return about;
};

// The cursor stood behind these words in the box; the blank that was typed last is no part of what is read.
const goOn = (words) => {
  const before = editor.schema.nodeFromJSON({ type: "doc", content: asNodes(read(words)) });
  editor.commands.setTextSelection(Math.min(pm.state.Selection.atEnd(before).from, editor.state.doc.content.size));
  focusText();
  if (/\S[ \t]$/.test(words)) editor.view.dispatch(editor.state.tr.insertText(" ").setMeta("preventUpdate", true));
};

// Tab goes deeper into a list; after Escape it leaves, as everywhere else.
const onKey = (event) => {
  if (event.key === "F10" && event.altKey) {
    tools.querySelector('[tabindex="0"]').focus();
    return true;
  }
  if (event.key === "Tab" && leavesByTab) {
    leavesByTab = false;
    const stops = [...document.querySelectorAll("a[href], button, input, textarea, select, summary")].filter((one) => one.tabIndex >= 0 && one.offsetParent);
    const isBehind = (one) => Boolean(editor.view.dom.compareDocumentPosition(one) & window.Node.DOCUMENT_POSITION_FOLLOWING);
    const next = event.shiftKey ? stops.findLast((one) => !isBehind(one)) : stops.find(isBehind);
    next?.focus();
    event.preventDefault();
    return true;
  }
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    openLink();
    return true;
  }
  leavesByTab = event.key === "Escape" || (leavesByTab && event.key === "Shift");
  return false;
};

// --- with or without ---------------------------------------------------------------------------------------------
const wantsPlain = () => {
  try {
    return localStorage.getItem(PLAIN) !== null;
  } catch {
    return false;
  }
};

const rememberPlain = (isPlain) => {
  try {
    if (isPlain) localStorage.setItem(PLAIN, "1");
    else localStorage.removeItem(PLAIN);
  } catch {
    // A full or forbidden store: it is asked again on the next page.
  }
};

const showToggle = () => {
  toggle.hidden = false;
  toggle.textContent = editor ? "Write as plain text" : "Write with formatting";
};

toggle.addEventListener("click", () => {
  if (editor) end();
  else begin();
  rememberPlain(!editor);
  showToggle();
  if (editor) focusText();
  else field.focus();
});

label.addEventListener("click", () => editor && focusText());
// Another text was put into the box: what this browser had kept. Undoing must not bring the one before.
form.addEventListener("draft:shown", () => {
  if (!editor) return;
  end();
  begin();
});

// Whoever is in the middle of composing a character goes on in the box until it is there.
let composes = false;
field.addEventListener("compositionstart", () => { composes = true; });
field.addEventListener("compositionend", () => { composes = false; });
const start = () => {
  if (composes) return field.addEventListener("compositionend", () => setTimeout(start), { once: true });
  try {
    if (!wantsPlain()) begin();
  } catch (error) {
    end();
    console.error(error);
  }
  showToggle();
};
start();
