// The source of a paper, which is Markdown, as blocks. The server reads it in the same way, with the place of each
// character (assignments/source); a test holds the two together. docs/writing.md says what is markup here. Nothing that is
// not understood is dropped: it is text.
//
//   paragraph, heading (level), footnote (label)   have runs: {text, strong, emphasis, href}, {breaks}, {note}
//   quote                                          has blocks
//   list (start: a number, or null for bullets)    has items, each of them blocks, a paragraph first
//   rule                                           has nothing

const BLANK = /^[ \t]*$/;
export const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
// All of the line: U+2028 ends none here.
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*)$/s;
const QUOTE = /^ {0,3}> ?/;
const BULLET = /^( {0,3})([-*+])([ \t]+|$)/;
const NUMBER = /^( {0,3})(\d{1,9})([.)])([ \t]+|$)/;
const NOTE = /^ {0,3}\[\^([A-Za-z0-9_-]{1,32})\]:[ \t]*/;
const LABEL = /\[\^([A-Za-z0-9_-]{1,32})\]/y;
const AUTOLINK = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy;
const TARGET = /\([ \t]*(?:<([^<>\n]*)>|((?:[^\s()<>\\]|\([^\s()<>\\]*\))+))(?:[ \t]+"[^"\n]*")?[ \t]*\)/y;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const ADDRESS = /^(?:https?:\/\/|mailto:)[^\s]+$/i;
const PLAIN_ADDRESS = /^(?:[^\s()<>\\]|\([^\s()<>\\]*\))+$/;
const SPECIAL = /[\\\n[<*_]/g;
export const MARKS = ["href", "strong", "emphasis"];
// Quotes and lists inside each other, and characters of an address; past it they are text.
export const MOST_DEEP = 10;
const LONGEST_ADDRESS = 2000;

export const isBlank = (sign) => sign === undefined || /\s/.test(sign);
const isWord = (sign) => sign !== undefined && /[\p{L}\p{N}]/u.test(sign);
const isGap = (sign) => sign === " " || sign === "\t";
// By hand: an expression would look at a long run of blanks again from each of them.
export const trimEnd = (line, isBlankSign = isGap) => {
  let end = line.length;
  while (end && isBlankSign(line[end - 1])) end -= 1;
  return line.slice(0, end);
};
export const trimStart = (line) => line.replace(/^[ \t]+/, "");
const trim = (line) => trimStart(trimEnd(line));

// An address that can be linked to, as it stands in a source; null for one that cannot.
export const cleanAddress = (href) => {
  const address = (href ?? "").trim();
  if (!ADDRESS.test(address) || address.length > LONGEST_ADDRESS) return null;
  if (PLAIN_ADDRESS.test(address)) return address;
  return address.replace(/[()<>\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
};

// --- reading: blocks ---------------------------------------------------------------------------------------------
export const read = (text) => {
  const lines = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").split("\n");
  return readBlocks(lines, 0);
};

const widthOf = (blanks, from = 0) => {
  let column = from;
  for (const sign of blanks) column += sign === "\t" ? 4 - (column % 4) : 1;
  return column - from;
};

const indentOf = (line) => widthOf(/^[ \t]*/.exec(line)[0]);

const cut = (line, columns) => {
  let at = 0;
  let column = 0;
  while (column < columns && (line[at] === " " || line[at] === "\t")) {
    column += line[at] === "\t" ? 4 - (column % 4) : 1;
    at += 1;
  }
  return line.slice(at);
};

const headingOf = (line) => {
  const match = HEADING.exec(line);
  if (!match) return null;
  const words = trim(match[2]);
  const bare = trimEnd(words, (sign) => sign === "#");
  const isClosed = bare !== words && (!bare || isGap(bare.at(-1)));
  const said = isClosed ? trimEnd(bare) : words;
  return said ? { level: match[1].length, words: said } : null;
};

const markerOf = (line) => {
  if (RULE.test(line)) return null;
  const bullet = BULLET.exec(line);
  if (bullet) return marker(line, bullet[0], bullet[1].length + 1, bullet[3], bullet[2], null);
  const number = NUMBER.exec(line);
  if (!number) return null;
  return marker(line, number[0], number[1].length + number[2].length + 1, number[4], number[3], Number(number[2]));
};

const marker = (line, all, width, blanks, sign, start) => {
  const rest = line.slice(all.length);
  const gap = widthOf(blanks, width);
  return { sign, start, rest, indent: width + (BLANK.test(rest) || gap > 4 ? 1 : gap) };
};

// Whether a line begins something other than a paragraph. Inside one, a list has to begin at 1 and to say something.
const begins = (line, depth, isInside) => {
  if (RULE.test(line) || headingOf(line) || NOTE.test(line)) return true;
  if (depth >= MOST_DEEP) return false;
  if (QUOTE.test(line)) return true;
  const found = markerOf(line);
  return Boolean(found && !(isInside && (BLANK.test(found.rest) || (found.start ?? 1) !== 1)));
};

const readBlocks = (lines, depth) => {
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (BLANK.test(lines[at])) {
      at += 1;
      continue;
    }
    const [block, next] = readBlock(lines, at, depth);
    blocks.push({ ...block, from: at, to: next });
    at = next;
  }
  return blocks;
};

const readBlock = (lines, at, depth) => {
  const line = lines[at];
  if (RULE.test(line)) return [{ kind: "rule" }, at + 1];
  const heading = headingOf(line);
  if (heading) return [{ kind: "heading", level: heading.level, runs: readRuns(heading.words) }, at + 1];
  const note = NOTE.exec(line);
  if (note) {
    const end = endOfParagraph(lines, at + 1, depth);
    const words = [line.slice(note[0].length), ...lines.slice(at + 1, end)];
    return [{ kind: "footnote", label: note[1], runs: readRuns(words.map(trim).join("\n")) }, end];
  }
  if (depth < MOST_DEEP && QUOTE.test(line)) {
    let end = at;
    while (end < lines.length && QUOTE.test(lines[end])) end += 1;
    const inner = lines.slice(at, end).map((one) => one.replace(QUOTE, ""));
    return [{ kind: "quote", blocks: readBlocks(inner, depth + 1) }, end];
  }
  const first = depth < MOST_DEEP && markerOf(line);
  if (first) return readList(lines, at, depth, first);
  const end = endOfParagraph(lines, at + 1, depth);
  return [{ kind: "paragraph", runs: readRuns(lines.slice(at, end).map(trim).join("\n")) }, end];
};

const endOfParagraph = (lines, from, depth) => {
  let end = from;
  while (end < lines.length && !BLANK.test(lines[end]) && !begins(lines[end], depth, true)) end += 1;
  return end;
};

const readList = (lines, at, depth, first) => {
  const items = [];
  let next = at;
  let found = first;
  while (found && found.sign === first.sign && (found.start === null) === (first.start === null)) {
    const [item, end] = readItem(lines, next, found);
    items.push(withParagraph(readBlocks(item, depth + 1)));
    next = end;
    let after = next;
    while (after < lines.length && BLANK.test(lines[after])) after += 1;
    found = after < lines.length ? markerOf(lines[after]) : null;
    if (found && found.sign === first.sign && (found.start === null) === (first.start === null)) next = after;
  }
  return [{ kind: "list", start: first.start, items }, next];
};

const readItem = (lines, at, found) => {
  const item = [found.rest];
  let next = at + 1;
  if (BLANK.test(found.rest) && (next >= lines.length || BLANK.test(lines[next]))) return [[], next];
  for (let ahead = next; ahead < lines.length; ahead += 1) {
    if (BLANK.test(lines[ahead])) continue;
    if (indentOf(lines[ahead]) < found.indent) break;
    while (next <= ahead) item.push(cut(lines[next++], found.indent));
  }
  return [item, next];
};

export const withParagraph = (blocks) => (blocks[0]?.kind === "paragraph" ? blocks : [{ kind: "paragraph", runs: [] }, ...blocks]);

// --- reading: runs -----------------------------------------------------------------------------------------------
const readRuns = (text, isInLink = false) => {
  const nodes = [];
  const marks = [];
  const closing = isInLink ? null : bracketsOf(text);
  let from = 0;
  let at = 0;
  const flush = () => {
    if (from < at) nodes.push({ text: text.slice(from, at) });
  };
  const put = (node, length) => {
    flush();
    nodes.push(node);
    at += length;
    from = at;
  };
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const found = SPECIAL.exec(text);
    if (!found) {
      at = text.length;
      break;
    }
    at = found.index;
    const sign = found[0];
    if (sign === "\n") put({ breaks: true }, 1);
    else if (sign === "\\" && text[at + 1] === "\n") put({ breaks: true }, 2);
    else if (sign === "\\" && PUNCTUATION.test(text[at + 1] ?? "")) put({ text: text[at + 1] }, 2);
    else if (sign === "*" || sign === "_") {
      let length = 1;
      while (text[at + length] === sign) length += 1;
      const before = lastSign(text, at);
      const after = text[at + length] === undefined ? undefined : String.fromCodePoint(text.codePointAt(at + length));
      const isFree = sign === "*";
      marks.push({
        at: nodes.length + (from < at ? 1 : 0),
        sign,
        count: length,
        length,
        opens: !isBlank(after) && (isFree || !isWord(before)),
        closes: !isBlank(before) && (isFree || !isWord(after)),
      });
      put({ text: text.slice(at, at + length) }, length);
    } else {
      const special = sign === "[" ? noteAt(text, at) ?? (isInLink ? null : linkAt(text, at, closing.get(at))) : isInLink ? null : autolinkAt(text, at);
      if (!special) at += 1;
      else {
        flush();
        nodes.push(...special.nodes);
        at = from = special.end;
      }
    }
  }
  flush();
  pair(nodes, marks);
  return merged(nodes);
};

const lastSign = (text, at) => {
  if (at === 0) return undefined;
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff && at > 1 ? text.slice(at - 2, at) : text[at - 1];
};

const noteAt = (text, at) => {
  LABEL.lastIndex = at;
  const match = LABEL.exec(text);
  return match && { nodes: [{ note: match[1] }], end: LABEL.lastIndex };
};

const autolinkAt = (text, at) => {
  AUTOLINK.lastIndex = at;
  const match = AUTOLINK.exec(text);
  const href = match && cleanAddress(match[1]);
  return href ? { nodes: [{ text: match[1], href }], end: at + match[0].length } : null;
};

// Each bracket with the one that closes it.
const bracketsOf = (text) => {
  const closing = new Map();
  const open = [];
  const bracket = /\\.|[[\]]/gs;
  for (let match = bracket.exec(text); match; match = bracket.exec(text)) {
    if (match[0] === "[") open.push(match.index);
    else if (match[0] === "]" && open.length) closing.set(open.pop(), match.index);
  }
  return closing;
};

const linkAt = (text, at, end) => {
  if (end === undefined) return null;
  TARGET.lastIndex = end + 1;
  const match = TARGET.exec(text);
  const href = match && cleanAddress(match[1] ?? match[2]);
  if (!href) return null;
  const nodes = readRuns(text.slice(at + 1, end), true).map((node) => (node.text ? { ...node, href } : node));
  return nodes.some((node) => node.text) ? { nodes, end: TARGET.lastIndex } : null;
};

// Which asterisks and underscores belong together, as CommonMark has it, but for one thing: beside an asterisk it
// makes no difference whether there is a letter or another sign, so that every passage can be made bold.
const pair = (nodes, marks) => {
  const floors = {};
  const open = [];
  const edges = { strong: [], emphasis: [] };
  for (const closer of marks) {
    while (closer.closes && closer.count) {
      const floor = `${closer.sign}${closer.opens}${closer.length % 3}`;
      let place = open.length - 1;
      const least = floors[floor] ?? -1;
      while (place > least && !fits(open[place], closer)) place -= 1;
      if (place <= least) {
        floors[floor] = open.length - 1;
        break;
      }
      const opener = open[place];
      const use = opener.count > 1 && closer.count > 1 ? 2 : 1;
      const edge = edges[use === 2 ? "strong" : "emphasis"];
      edge[opener.at + 1] = (edge[opener.at + 1] ?? 0) + 1;
      edge[closer.at] = (edge[closer.at] ?? 0) - 1;
      for (const one of [opener, closer]) {
        one.count -= use;
        nodes[one.at].text = one.sign.repeat(one.count);
      }
      open.length = opener.count ? place + 1 : place;
      for (const key of Object.keys(floors)) floors[key] = Math.min(floors[key], open.length - 1);
    }
    if (closer.opens && closer.count) open.push(closer);
  }
  for (const [mark, edge] of Object.entries(edges)) {
    let deep = 0;
    if (edge.length) nodes.forEach((node, place) => { if ((deep += edge[place] ?? 0)) node[mark] = true; });
  }
};

const fits = (opener, closer) => {
  if (opener.sign !== closer.sign) return false;
  const isEither = opener.closes || closer.opens;
  return !(isEither && (opener.length + closer.length) % 3 === 0 && (opener.length % 3 || closer.length % 3));
};

export const merged = (nodes) => {
  const runs = [];
  for (const node of nodes) {
    if (node.breaks) runs.push({ breaks: true });
    else if (node.note) runs.push({ note: node.note });
    else if (node.text) {
      const last = runs.at(-1);
      if (last?.text && MARKS.every((mark) => last[mark] === node[mark])) last.text += node.text;
      else runs.push({ ...node });
    }
  }
  return runs;
};
