// Saves an answer while it is written, and takes passages from the paper. Without it the buttons do all of this.
// The pages of the desk replace each other in place: `desk:shown` says that another one stands here, and
// `desk:leaving` that one is about to be left; what is still to be saved is saved before.
const QUIET = 1200; // ms after the last key
const LONGEST = 4000; // ms of typing that are only here
const AGAIN = 5000; // ms until a save that failed is tried again
const PATIENCE = 15000; // ms for an answer
const OF_THE_PAGE = ["csrfmiddlewaretoken", "based_on", "editor", "writer", "onward"];

// Signing in again in another window changes it.
const token = () => document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="))?.slice("csrftoken=".length);

let page = null;
document.addEventListener("desk:shown", begin);
begin();

function begin() {
  page?.abort();
  page = new AbortController();
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  keepSaving(form, page.signal);
  // A second reading has no comments on passages.
  if (form.querySelector("[data-quote-offer]")) offerPassages(form, page.signal);
  document.querySelector("#problems")?.focus();
}

function keepSaving(form, signal) {
  const state = form.querySelector("[data-save-state]");
  const unsettled = form.querySelector("[data-unsettled]");
  // Said until one of two texts is chosen, whatever else is kept meanwhile; empty while there is one text.
  let conflict = unsettled.hidden ? "" : unsettled.dataset.unsettled;
  let saved = written(form);
  let dirtySince = null;
  let timer = null;
  let underWay = null;
  let isLeaving = false;

  function say(words, isTrouble = false) {
    state.textContent = words;
    state.classList.toggle("is-in-trouble", isTrouble);
  }

  function plan(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  function changed() {
    if (written(form) === saved) return;
    dirtySince ??= Date.now();
    plan(Math.max(0, Math.min(QUIET, dirtySince + LONGEST - Date.now())));
  }

  // Whether everything is on the server now.
  async function save() {
    if (isLeaving || signal.aborted) return true;
    if (underWay) await underWay;
    const sent = written(form);
    if (sent === saved) return true;
    underWay = send(sent).finally(() => { underWay = null; });
    const isKept = await underWay;
    if (written(form) !== saved && dirtySince === null) changed();
    return isKept && written(form) === saved;
  }

  async function send(sent) {
    const data = new FormData(form);
    data.set("act", "save");
    data.set("csrfmiddlewaretoken", token() ?? data.get("csrfmiddlewaretoken"));
    try {
      const reply = await fetch(form.action, {
        method: "POST",
        body: data,
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      const said = await reply.json();
      if (reply.ok) {
        form.elements.based_on.value = said.revision;
        saved = sent;
        dirtySince = null;
        const kept = conflict ? `${conflict} What you write here is kept, ${said.saved}` : `Saved at ${said.saved}`;
        say(said.problem ? `${kept}, but for one thing: ${said.problem}` : `${kept}.`, Boolean(conflict || said.problem));
        return !said.problem;
      }
      if (reply.status === 409 && "revision" in said) {
        // Kept on the server, beside the answer that went on elsewhere; what is typed from here on takes its place.
        saved = sent;
        dirtySince = null;
        conflict = `In conflict: ${said.message}`;
        unsettled.querySelector("[data-unsettled-words]").textContent = said.message;
        unsettled.hidden = false;
        say(conflict, true);
        // It makes room for itself above what is being written.
        if (form.contains(document.activeElement)) tellOfWriting(document.activeElement);
        return true;
      }
      say(`Not saved: ${said.message} Your words are still on this page.`, true);
    } catch {
      say("Not saved: the site cannot be reached. Your words are on this page; it tries again by itself.", true);
      plan(AGAIN);
    }
    return false;
  }

  form.addEventListener("input", changed, { signal });
  form.addEventListener("change", changed, { signal });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value === "save") {
      event.preventDefault();
      if (written(form) === saved) say(conflict || "Everything is saved.", Boolean(conflict));
      else save();
      return;
    }
    isLeaving = true;
    clearTimeout(timer);
  }, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("desk:stayed", () => { isLeaving = false; changed(); }, { signal });
  document.addEventListener("desk:leaving", (event) => event.detail.waits.push(save()), { signal });
  addEventListener("pageshow", () => { isLeaving = false; }, { signal });
  addEventListener("online", save, { signal });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); }, { signal });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && written(form) !== saved) event.preventDefault();
  }, { signal });
}

// So that what is written in is in sight, and the paragraph that it is about.
function tellOfWriting(part, about = null) {
  document.dispatchEvent(new CustomEvent("desk:writing", { detail: { part, about } }));
}

// What is written, without what only the page needs.
function written(form) {
  return JSON.stringify([...new FormData(form)].filter(([name]) => !OF_THE_PAGE.includes(name)));
}

function offerPassages(form, signal) {
  const offer = form.querySelector("[data-quote-offer]");
  let passage = null;

  document.addEventListener("selectionchange", () => {
    const found = selected();
    if (found) {
      passage = found;
      offer.hidden = false;
    } else if (!form.contains(document.activeElement)) {
      passage = null;
      offer.hidden = true;
    }
  }, { signal });

  form.querySelector("[data-quote-take]").addEventListener("click", () => {
    passage ??= selected() ?? paragraph();
    const row = emptyRow(form);
    if (!passage) {
      row.querySelector("[name=quote]").focus({ preventScroll: true });
      return tellOfWriting(row);
    }
    row.querySelector("[name=quote]").value = passage.quote;
    row.querySelector("[name=place]").value = passage.place;
    row.querySelector("[name=remark]").focus({ preventScroll: true });
    tellOfWriting(row, passage.block);
    offer.hidden = true;
    passage = null;
  }, { signal });

  // There is always one more row to write in.
  form.addEventListener("input", (event) => {
    if (event.target.closest("[data-remark]")) emptyRow(form);
  }, { signal });
}

// What can be commented on: the text of the paper, and what is shown of its files as text.
const sourceOf = (node) => (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[data-paper]");

function selected() {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  return sourceOf(range.commonAncestorContainer) ? quoted(range, selection.toString(), blockOf(range)) : null;
}

// The paragraph that the keys [ and ] went to.
function paragraph() {
  const block = document.activeElement?.closest(".paper-block");
  if (!sourceOf(block)) return null;
  const range = document.createRange();
  range.selectNodeContents(block.querySelector("[data-at]"));
  return quoted(range, block.innerText, block);
}

const blockOf = (range) => (range.startContainer.parentElement ?? range.startContainer).closest(".paper-block");

function quoted(range, words, block) {
  const quote = words.replace(/\[\d+\]/g, "").trim();
  return quote ? { quote, place: placeOf(range), block } : null;
}

// The source, and the character of its text where the selection begins: lines know where they stand in it. Counted as
// Python counts.
function placeOf(range) {
  const holder = range.startContainer.nodeType === Node.TEXT_NODE ? range.startContainer.parentElement : range.startContainer;
  const line = holder.closest?.("[data-at]");
  const source = sourceOf(range.commonAncestorContainer);
  if (!line) {
    // It begins at the edge of a block, before the first of its words.
    const first = [...source.querySelectorAll("[data-at]")].find((one) => range.intersectsNode(one));
    return `${source.dataset.paper}:${first?.dataset.at ?? ""}`;
  }
  const before = document.createRange();
  before.setStart(line, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const text = before.cloneContents();
  for (const number of text.querySelectorAll(".remark-number")) number.remove();
  return `${source.dataset.paper}:${Number(line.dataset.at) + Array.from(text.textContent).length}`;
}

// The last row, if nothing is in it; else a new one after it.
function emptyRow(form) {
  const rows = form.querySelectorAll("[data-remark]");
  const last = rows[rows.length - 1];
  if (![...last.querySelectorAll("textarea")].some((field) => field.value.trim())) return last;
  const number = rows.length + 1;
  const row = last.cloneNode(true);
  row.id = `remark-${number}`;
  for (const field of row.querySelectorAll("textarea, input")) field.value = "";
  for (const [name, word] of [["quote", "Passage"], ["remark", "Comment"]]) {
    const field = row.querySelector(`[name=${name}]`);
    const label = row.querySelector(`label[for="${field.id}"]`);
    field.id = `${name}-${number}`;
    label.htmlFor = field.id;
    label.textContent = `${word} ${number}`;
  }
  last.after(row);
  return row;
}
