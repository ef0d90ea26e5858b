// The source of blocks (reading.js says what these are).
//
// What is written is read again before it is given away: of several ways to write a text the plainest is taken that
// comes back as it was, so that `5 * 3` stays `5 * 3` and only what would be taken for markup is escaped.

import { MARKS, MOST_DEEP, RULE, cleanAddress, isBlank, merged, read, trimEnd, trimStart, withParagraph } from "paper/reading";

export const write = (blocks) => writeTidy(tidy(blocks, 0));

// What a source can hold of blocks: nothing empty, no blanks at the edges.
export const tidy = (blocks, depth = 0) => blocks.flatMap((block) => tidyBlock(block, depth));

const tidyBlock = (block, depth) => {
  if (block.kind === "rule") return [{ kind: "rule" }];
  if (block.kind === "heading") {
    const runs = tidyRuns(block.runs.map((run) => (run.breaks ? { text: " " } : run)));
    return runs.length ? [{ kind: "heading", level: block.level, runs }] : [];
  }
  if (block.kind === "footnote") {
    return [{ kind: "footnote", label: block.label, runs: paragraphs(block.runs).flatMap((runs, n) => (n ? [{ breaks: true }, ...runs] : runs)) }];
  }
  if (block.kind === "paragraph") return paragraphs(block.runs).map((runs) => ({ kind: "paragraph", runs }));
  if (depth >= MOST_DEEP) return tidy(block.blocks ?? block.items.flat(), depth);
  if (block.kind === "quote") {
    const inner = tidy(block.blocks, depth + 1);
    return inner.length ? [{ kind: "quote", blocks: inner }] : [];
  }
  const items = block.items.map((item) => withParagraph(tidy(item, depth + 1)));
  const start = block.start === null ? null : Math.min(Math.max(block.start, 0), 99_999_999);
  return items.length ? [{ kind: "list", start, items }] : [];
};

// Two line breaks in a row end a paragraph.
const paragraphs = (runs) => {
  const found = [[]];
  let line = [];
  const endLine = () => {
    const tidied = tidyRuns(line);
    const paragraph = found.at(-1);
    if (!tidied.length && paragraph.length) found.push([]);
    else if (paragraph.length) paragraph.push({ breaks: true }, ...tidied);
    else paragraph.push(...tidied);
    line = [];
  };
  for (const run of runs) {
    if (run.breaks) endLine();
    else line.push(run);
  }
  endLine();
  return found.filter((paragraph) => paragraph.length);
};

// One line without blanks at its edges; a mark neither begins nor ends with a blank.
const tidyRuns = (runs) => {
  let line = runs.filter((run) => run.note || run.text).map((run) => (run.note ? { note: run.note } : cleanRun(run)));
  for (const mark of MARKS) line = withoutBlankEdges(merged(line), mark);
  line = merged(line);
  if (line[0]?.text) line[0].text = trimStart(line[0].text);
  if (line.at(-1)?.text) line.at(-1).text = trimEnd(line.at(-1).text);
  return merged(line);
};

const cleanRun = (run) => {
  const clean = { text: run.text.replace(/[\r\n]+/g, " ") };
  if (run.strong) clean.strong = true;
  if (run.emphasis) clean.emphasis = true;
  const href = run.href && cleanAddress(run.href);
  if (href) clean.href = href;
  return clean;
};

const withoutBlankEdges = (runs, mark) =>
  runs.flatMap((run, place) => {
    if (!run[mark]) return [run];
    const { [mark]: value, ...bare } = run;
    const isFirst = runs[place - 1]?.[mark] !== value;
    const isLast = runs[place + 1]?.[mark] !== value;
    const before = isFirst ? /^\s*/.exec(run.text)[0] : "";
    const after = isLast && before.length < run.text.length ? run.text.slice(trimEnd(run.text, isBlank).length) : "";
    const inner = run.text.slice(before.length, run.text.length - after.length);
    return [
      ...(before ? [{ ...bare, text: before }] : []),
      ...(inner ? [{ ...run, text: inner }] : []),
      ...(after ? [{ ...bare, text: after }] : []),
    ];
  });

const writeTidy = (blocks) => {
  const parts = [];
  let isOther = false;
  blocks.forEach((block, place) => {
    // Two lists in a row are told apart by their signs.
    isOther = follows(blocks[place - 1], block) && !isOther;
    parts.push(writeBlock(block, isOther));
  });
  return parts.join("\n\n");
};

export const follows = (before, block) =>
  before?.kind === "list" && block.kind === "list" && (before.start === null) === (block.start === null);

const writeBlock = (block, isOther) => {
  if (block.kind === "rule") return "---";
  if (block.kind === "heading") return writeWords(`${"#".repeat(block.level)} `, block);
  if (block.kind === "footnote") return trimEnd(writeWords(`[^${block.label}]: `, block));
  if (block.kind === "paragraph") return writeWords("", block);
  if (block.kind === "quote") return prefixed(writeTidy(block.blocks), "> ", "> ");
  return block.items
    .map((item, place) => {
      const sign = block.start === null ? (isOther ? "* " : "- ") : `${block.start + place}${isOther ? ")" : "."} `;
      return prefixed(writeItem(item), sign, " ".repeat(sign.length));
    })
    .join(block.items.every(isTight) ? "\n" : "\n\n");
};

const isTight = ([, ...rest]) => rest.every((block) => block.kind === "list" && canInterrupt(block));
const canInterrupt = (list) => (list.start ?? 1) === 1 && list.items[0][0].runs.length > 0;

const writeItem = (item) => {
  const [first, ...rest] = item;
  const words = writeBlock(first);
  if (!rest.length) return words;
  return `${words}${!words || isTight(item) ? "\n" : "\n\n"}${writeTidy(rest)}`;
};

const prefixed = (text, first, others) =>
  text
    .split("\n")
    .map((line, place) => trimEnd(`${place ? others : first}${line}`))
    .join("\n");

const WAYS = [
  { escape: (text) => text, starts: false, slant: "*" },
  { escape: (text) => text, starts: true, slant: "*" },
  { escape: (text) => text.replace(/[\\*_[\]<]/g, "\\$&"), starts: true, slant: "*" },
  { escape: (text) => text.replace(/[\\*_[\]<]/g, "\\$&"), starts: true, slant: "_" },
];

// The plainest way that comes back as it was. Where Markdown cannot tell apart two marks that touch, the slant goes
// first and then all of them: a text is worth more than its marks.
const writeWords = (prefix, block) => {
  for (const runs of [block.runs, without(block.runs, "emphasis"), without(without(block.runs, "emphasis"), "strong")]) {
    const wanted = JSON.stringify({ ...block, runs });
    for (const way of WAYS) {
      const source = prefix + writeRuns(runs, way);
      if (comesBack(source, wanted)) return source;
    }
  }
  return prefix + writeRuns(without(without(block.runs, "emphasis"), "strong"), WAYS[2]);
};

const comesBack = (source, wanted) => {
  const blocks = tidy(read(source));
  return blocks.length === 1 && JSON.stringify(blocks[0]) === wanted;
};

const without = (runs, mark) => merged(runs.map(({ [mark]: _gone, ...run }) => run));

const writeRuns = (runs, way) => {
  const open = [];
  let written = "";
  const close = () => {
    const { mark, value } = open.pop();
    return mark === "href" ? `](${value})` : mark === "strong" ? "**" : way.slant;
  };
  const reach = (mark, from) => {
    let to = from;
    while (to < runs.length && runs[to][mark] === runs[from][mark]) to += 1;
    return to;
  };
  runs.forEach((run, place) => {
    let kept = 0;
    while (kept < open.length && run[open[kept].mark] === open[kept].value) kept += 1;
    while (open.length > kept) written += close();
    const isAlone = run.href && run.text === run.href && reach("href", place) === place + 1 && !open.some(({ mark }) => mark === "href");
    const missing = MARKS.filter((mark) => run[mark] && !open.some((one) => one.mark === mark) && !(isAlone && mark === "href"));
    for (const mark of missing.sort((one, other) => reach(other, place) - reach(one, place))) {
      open.push({ mark, value: run[mark] });
      written += mark === "href" ? "[" : mark === "strong" ? "**" : way.slant;
    }
    if (run.breaks) written += "\n";
    else if (run.note) written += `[^${run.note}]`;
    else written += isAlone ? `<${run.text}>` : way.escape(run.text);
  });
  while (open.length) written += close();
  return way.starts ? written.split("\n").map(escapeStart).join("\n") : written;
};

const escapeStart = (line) => {
  // A mark of a note and a colon would begin the note itself.
  const safe = line.replace(/#$/, "\\#").replace(/^(\[\^[A-Za-z0-9_-]+\]):/, "$1\\:");
  if (RULE.test(safe) || /^(?:#{1,6}[ \t]|>|[-+*](?:[ \t]|$))/.test(safe)) return `\\${safe}`;
  return safe.replace(/^(\d{1,9})([.)])(?=[ \t]|$)/, "$1\\$2");
};
