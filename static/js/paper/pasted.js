// What was copied out of Word, Google Docs, LibreOffice or a page, as blocks of a paper (reading.js says what these are).
// Headings, lists, links, footnotes, bold and italic stay; of everything else only the words do.

import { cleanAddress } from "paper/reading";

const HIDDEN = "script, style, template, head, title, meta, link, svg, img, video, audio, iframe, object, noscript, select, textarea, button";
const BLOCKS = "p, div, ul, ol, li, blockquote, h1, h2, h3, h4, h5, h6, hr, table, tbody, thead, tr, td, th, section, article, main, header, footer, aside, pre, dl, dt, dd, figure, figcaption, center, address, details, summary";
const PARTS = new Set(BLOCKS.split(", "));
// Word writes the sign of a list item as text, and says in a style of its own how deep it is.
const WORD_LIST = /mso-list:\s*l(\d+)\s+level(\d+)/i;
const WORD_IGNORES = /mso-list:\s*ignore/i;
const NUMBERED = /^\s*[([]?(?:\d+|[a-z]|[ivxlcdm]+)[.)\]]/i;

export const fromHtml = (html) => {
  const page = new DOMParser().parseFromString(withoutStyles(html), "text/html");
  for (const gone of page.querySelectorAll(HIDDEN)) gone.remove();
  const notes = takeNotes(page);
  return gathered(page.body, { notes }).concat(notes.blocks);
};

// Styles are read here and applied nowhere, handlers are not even read: under their own names the content policy would
// complain of each.
const STYLE = "data-pasted-style";
const withoutStyles = (html) =>
  html.replace(/<style\b[\s\S]*?<\/style>/gi, "").replace(/<[^<>]*>/g, (tag) => tag.replace(/\sstyle\s*=/gi, ` ${STYLE}=`).replace(/\son\w+\s*=/gi, " data-pasted="));

// Whether there is more to it than lines of text.
export const isFormatted = (blocks) =>
  blocks.some((block) => block.kind !== "paragraph" || block.runs.some((run) => run.note || run.strong || run.emphasis || run.href));

// --- footnotes ---------------------------------------------------------------------------------------------------
// A mark in the text leads to its note, and the note's own mark leads back: so it is in Word, LibreOffice and on pages.
const takeNotes = (page) => {
  const named = new Map();
  for (const place of page.querySelectorAll("[id], a[name]")) {
    for (const name of [place.id, place.getAttribute("name")]) if (name && !named.has(name)) named.set(name, place);
  }
  const target = (link) => named.get(decoded(link.getAttribute("href")));
  const marks = new Map();
  const found = [];
  for (const link of page.querySelectorAll('a[href^="#"]')) {
    if (marks.has(link)) continue;
    const place = target(link);
    const back = place && backLink(place, link, target);
    if (!back || marks.has(back) || !comesBefore(link, back)) continue;
    const holder = noteHolder(back, place);
    if (!holder || holder.contains(link)) continue;
    const label = String(found.length + 1);
    marks.set(link, label);
    marks.set(back, null);
    found.push({ label, holder });
    // The same note may be spoken of again.
    for (const again of page.querySelectorAll(`a[href="${CSS.escape(link.getAttribute("href"))}"]`)) if (!marks.has(again)) marks.set(again, label);
  }
  const notes = { marks, blocks: [] };
  for (const { holder } of found) holder.remove();
  notes.blocks = found.map(({ label, holder }) => ({ kind: "footnote", label, runs: asOneText(gathered(holder, { notes })) }));
  for (const list of page.querySelectorAll(`[${STYLE}*="footnote-list"], [${STYLE}*="endnote-list"]`)) {
    for (const line of list.querySelectorAll("hr, br")) line.remove();
  }
  return notes;
};

const decoded = (href) => {
  try {
    return decodeURIComponent(href.slice(1));
  } catch {
    return href.slice(1);
  }
};

const backLink = (place, link, target) => {
  const leadsBack = (other) => other !== link && other.matches?.('a[href^="#"]') && (target(other) === link || target(other)?.contains(link));
  return [place, ...place.querySelectorAll('a[href^="#"]')].find(leadsBack);
};

const comesBefore = (one, other) => Boolean(one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);

// The largest box that holds this note and no other.
const noteHolder = (back, place) => {
  let holder = back.closest("p, li, div, dd, td");
  for (let box = holder; box && box.tagName !== "BODY"; box = box.parentElement) {
    if (box === place || /^(?:ftn|edn|sdfootnote|sdendnote|fn|cite_note)[\w:.-]*\d/i.test(box.id)) holder = box;
  }
  return holder;
};

// A note is one paragraph, without the blank that stood behind its number.
const asOneText = (blocks) => {
  const runs = blocks.flatMap((block, place) => [...(place ? [{ breaks: true }] : []), ...(block.runs ?? textOf(block))]);
  if (runs[0]?.text) runs[0] = { ...runs[0], text: runs[0].text.trimStart() };
  return runs;
};

const textOf = (block) => (block.blocks ?? block.items?.flat() ?? []).flatMap((inner) => inner.runs ?? textOf(inner));

// --- blocks ------------------------------------------------------------------------------------------------------
const gathered = (root, context) => {
  const blocks = [];
  let line = [];
  const endLine = () => {
    const runs = collapsed(line);
    if (runs.length) blocks.push({ kind: "paragraph", runs });
    line = [];
  };
  const walk = (node, marks) => {
    if (node.nodeType === Node.TEXT_NODE) {
      line.push({ text: node.data, ...marks });
      return;
    }
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    const style = node.getAttribute(STYLE) ?? "";
    if (WORD_IGNORES.test(style) || /display:\s*none|mso-hide:\s*all/i.test(style)) return;
    const tag = node.localName;
    if (tag === "br") line.push({ breaks: true });
    else if (!PARTS.has(tag)) {
      const label = context.notes.marks.get(node);
      if (label) line.push({ note: label });
      else if (label !== null) for (const child of node.childNodes) walk(child, marksOf(node, tag, style, marks));
    } else {
      endLine();
      block(node, tag, style, marks);
    }
  };
  const block = (node, tag, style, marks) => {
    const level = headingLevel(node, tag);
    const inList = WORD_LIST.exec(style);
    if (tag === "hr") blocks.push({ kind: "rule" });
    else if (level) {
      const runs = inside(node).flatMap((one) => one.runs ?? textOf(one));
      // A heading is bold by itself.
      if (runs.length) blocks.push({ kind: "heading", level, runs: runs.map(({ strong, ...run }) => run) });
    } else if (inList) blocks.push({ wordList: inList[1], deep: Number(inList[2]), sign: signOf(node), runs: inside(node).flatMap((one) => one.runs ?? []) });
    else if (tag === "ul" || tag === "ol") blocks.push(listOf(node, tag, context));
    else if (tag === "blockquote") blocks.push({ kind: "quote", blocks: inside(node) });
    else {
      const around = marksOf(node, tag, style, marks);
      for (const child of node.childNodes) walk(child, around);
      endLine();
    }
  };
  const inside = (node) => gathered(node, context);
  for (const child of root.childNodes) walk(child, {});
  endLine();
  return joined(blocks);
};

const headingLevel = (node, tag) => {
  const own = /^h([1-6])$/.exec(tag);
  if (own) return Number(own[1]);
  if (node.getAttribute("role") === "heading") return Math.min(Math.max(Number(node.getAttribute("aria-level")) || 2, 1), 6);
  if (/^MsoTitle$/i.test(node.className)) return 1;
  return /^MsoSubtitle$/i.test(node.className) ? 2 : 0;
};

// Google closes an item before the list inside it: a list in a list belongs to the item above.
const listOf = (node, tag, context) => {
  const items = [];
  for (const child of node.childNodes) {
    if (child.nodeType === Node.ELEMENT_NODE && (child.localName === "ul" || child.localName === "ol")) {
      if (!items.length) items.push([]);
      items.at(-1).push(listOf(child, child.localName, context));
    } else if (child.nodeType === Node.ELEMENT_NODE && child.localName === "li") {
      items.push(gathered(child, context));
    } else if (child.textContent.trim()) {
      const holder = document.createElement("div");
      holder.append(child.cloneNode(true));
      items.push(gathered(holder, context));
    }
  }
  return { kind: "list", start: tag === "ol" ? (Number.parseInt(node.getAttribute("start"), 10) || 1) : null, items };
};

const signOf = (node) => {
  for (const span of node.querySelectorAll(`[${STYLE}]`)) if (WORD_IGNORES.test(span.getAttribute(STYLE))) return span.textContent.trim();
  return "";
};

// Word's items, one after the other, as lists inside each other; the pieces of one list as one.
const joined = (blocks) => {
  const found = [];
  let path = [];
  for (const block of blocks) {
    if (!block.deep) {
      path = [];
      found.push(block);
      continue;
    }
    const isNumbered = NUMBERED.test(block.sign);
    const item = [{ kind: "paragraph", runs: block.runs }];
    while (path.length && (path.at(-1).deep > block.deep || (path.at(-1).deep === block.deep && (path.at(-1).list.start !== null) !== isNumbered))) path.pop();
    if (path.at(-1)?.deep === block.deep) path.at(-1).list.items.push(item);
    else {
      const list = { kind: "list", start: isNumbered ? Number.parseInt(block.sign.replace(/^\D+/, ""), 10) || 1 : null, items: [item] };
      if (path.length) path.at(-1).list.items.at(-1).push(list);
      else found.push(list);
      path.push({ deep: block.deep, list });
    }
  }
  return found;
};

// --- runs --------------------------------------------------------------------------------------------------------
const marksOf = (node, tag, style, marks) => {
  const found = { ...marks };
  if (tag === "b" || tag === "strong") found.strong = true;
  if (tag === "i" || tag === "em") found.emphasis = true;
  const weight = /(?:^|[;\s])font-weight:\s*(\w+)/i.exec(style)?.[1];
  if (weight) found.strong = weight === "bold" || weight === "bolder" || Number(weight) >= 600;
  const slant = /(?:^|[;\s])font-style:\s*(\w+)/i.exec(style)?.[1];
  if (slant) found.emphasis = slant === "italic" || slant === "oblique";
  const href = tag === "a" && cleanAddress(node.getAttribute("href"));
  if (href) found.href = href;
  return found;
};

// Blanks and line ends of the page's source are one blank; one that does not break stays.
const collapsed = (line) => {
  const runs = [];
  let endsBlank = true;
  for (const run of line) {
    if (run.text === undefined) {
      runs.push(run);
      endsBlank = Boolean(run.breaks);
      continue;
    }
    let text = run.text.replace(/[ \t\r\n\f]+/g, " ");
    if (endsBlank) text = text.replace(/^ /, "");
    if (!text) continue;
    endsBlank = text.endsWith(" ");
    runs.push({ ...run, text });
  }
  while (runs.length && (runs.at(-1).breaks || runs.at(-1).text?.trim() === "")) runs.pop();
  while (runs.length && (runs[0].breaks || runs[0].text?.trim() === "")) runs.shift();
  return runs;
};
