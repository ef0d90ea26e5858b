// Saves an answer while it is written, and takes passages from the paper. Without it the buttons do all of this.
const QUIET = 1200; // ms after the last key
const LONGEST = 4000; // ms of typing that are only here
const AGAIN = 5000; // ms until a save that failed is tried again
const PATIENCE = 15000; // ms for an answer

// Signing in again in another window changes it.
const token = () => document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="))?.slice("csrftoken=".length);

const form = document.querySelector("form[data-autosave]");
if (form) {
  keepSaving(form);
  const paper = document.querySelector("[data-paper]");
  if (paper) offerPassages(form, paper);
  document.querySelector("#problems")?.focus();
}

function keepSaving(form) {
  const state = form.querySelector("[data-save-state]");
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

  async function save() {
    if (underWay || isLeaving) return;
    const sent = written(form);
    if (sent === saved) return;
    const data = new FormData(form);
    data.set("act", "save");
    data.set("csrfmiddlewaretoken", token() ?? data.get("csrfmiddlewaretoken"));
    underWay = fetch(form.action, {
      method: "POST",
      body: data,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE),
    });
    try {
      const reply = await underWay;
      const said = await reply.json();
      if (reply.ok) {
        form.elements.based_on.value = said.revision;
        saved = sent;
        dirtySince = null;
        say(said.problem ? `Saved at ${said.saved}, but for one thing: ${said.problem}` : `Saved at ${said.saved}.`, Boolean(said.problem));
      } else if (reply.status === 409) {
        // Kept on the server, beside the answer that went on elsewhere; what is typed from here on takes its place.
        saved = sent;
        dirtySince = null;
        say(`${said.message} Load the page again to see both.`, true);
      } else {
        say(`Not saved: ${said.message} Your words are still on this page.`, true);
      }
    } catch {
      say("Not saved: the site cannot be reached. Your words are on this page; it tries again by itself.", true);
      plan(AGAIN);
    } finally {
      underWay = null;
    }
    if (written(form) !== saved && dirtySince === null) changed();
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", () => {
    isLeaving = true;
    clearTimeout(timer);
  });
  addEventListener("pageshow", () => { isLeaving = false; });
  addEventListener("online", save);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && written(form) !== saved) event.preventDefault();
  });
}

// What is written, without what only the page needs.
function written(form) {
  const pairs = [...new FormData(form)].filter(([name]) => !["csrfmiddlewaretoken", "based_on", "editor", "writer"].includes(name));
  return JSON.stringify(pairs);
}

function offerPassages(form, paper) {
  const offer = form.querySelector("[data-quote-offer]");
  let passage = null;

  document.addEventListener("selectionchange", () => {
    const found = selected(paper);
    if (found) {
      passage = found;
      offer.hidden = false;
    } else if (!form.contains(document.activeElement)) {
      passage = null;
      offer.hidden = true;
    }
  });

  form.querySelector("[data-quote-take]").addEventListener("click", () => {
    if (!passage) return;
    const row = emptyRow(form);
    row.querySelector("[name=quote]").value = passage.quote;
    row.querySelector("[name=place]").value = passage.place;
    row.querySelector("[name=remark]").focus();
    offer.hidden = true;
    passage = null;
  });

  // There is always one more row to write in.
  form.addEventListener("input", (event) => {
    if (event.target.closest("[data-remark]")) emptyRow(form);
  });
}

function selected(paper) {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!paper.contains(range.commonAncestorContainer)) return null;
  const quote = selection.toString().replace(/\[\d+\]/g, "").trim();
  if (!quote) return null;
  return { quote, place: placeOf(range) };
}

// The character of the text where the selection begins: lines know where they stand in it. Counted as Python counts.
function placeOf(range) {
  const holder = range.startContainer.nodeType === Node.TEXT_NODE ? range.startContainer.parentElement : range.startContainer;
  const line = holder.closest?.("[data-at]");
  if (!line) return "";
  const before = document.createRange();
  before.setStart(line, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const text = before.cloneContents();
  for (const number of text.querySelectorAll(".remark-number")) number.remove();
  return String(Number(line.dataset.at) + Array.from(text.textContent).length);
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
