// Saves what is being written a few seconds after the first unsaved key, and keeps a copy in this browser until the
// server has it. The form works without any of this; nothing here decides, it only sends earlier and more often.
//
// One save is under way at a time. One whose answer was lost is sent again unchanged: the same text again changes
// nothing on the server, so a poor line is no reason for two versions of a text.
import { dropCopy, keepCopy, leftCopies } from "copies";

const WAIT = 3000;
const RETRIES = [2000, 4000, 8000, 15000, 30000];
const PATIENCE = 15000;
// A browser lets no more than this be sent while a page is being left.
const LAST_WORDS = 60000;

const form = document.getElementById("editor");
const field = form.elements.text;
// What is said beside the text is saved with it; not every page asks all of it.
const parts = ["text", "commitment", "help_used", "link", "quoting"].filter((name) => form.elements[name]);
const begins = form.elements.based_on;
const status = form.querySelector("[data-saved]");
const trouble = form.querySelector("[data-trouble]");
const counter = form.querySelector("[data-words]");
const copyName = `${form.dataset.copy}:${form.elements.editor.value}`;

let refused = null;
let underWay = null;
let sending = null;
let timer = null;
let failures = 0;
let isLeaving = false;

// What the database takes: halves of characters come from cutting an emoji in two.
const storable = (text) => (text.toWellFormed ? text.toWellFormed() : text).replaceAll("\0", "");

// All that is typed, as one string: what was saved and what is to be saved are compared by it.
const typed = () => JSON.stringify(Object.fromEntries(parts.map((name) => [name, storable(form.elements[name].value)])));
const showAgain = (content) => {
  for (const name of parts) if (name in content) form.elements[name].value = content[name];
  form.dispatchEvent(new Event("draft:shown"));
};
const holdsWords = ({ quoting, ...words }) => Object.values(words).some((text) => text.trim());

let saved = form.hasAttribute("data-unsaved") ? null : typed();

const token = () => {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : form.elements.csrfmiddlewaretoken.value;
};

// --- the copy in this browser -----------------------------------------------------------------------------------
const keepOwnCopy = () => {
  if (typed() === saved) dropCopy(copyName);
  else keepCopy(copyName, { content: typed(), begins: begins.value, sent: underWay?.content ?? null, isLeft: isLeaving });
};

const takeUpCopies = async () => {
  for (const copy of leftCopies(form.dataset.copy, copyName)) {
    // A copy that an earlier release left holds the text alone.
    const content = { ...JSON.parse(typed()), ...JSON.parse(copy.content ?? JSON.stringify({ text: copy.text })) };
    const sent = copy.content ? typed() : field.value;
    const goesOn = copy.begins === begins.value || copy.sent === sent;
    if (JSON.stringify(content) !== typed() && holdsWords(content)) {
      if (goesOn && saved === typed()) {
        showAgain(content);
        countWords();
        say("What you last wrote here is back; it had not been saved.");
        keepOwnCopy();
        saveSoon(0);
      } else {
        const answer = await send({ content: JSON.stringify(content), begins: copy.begins });
        if (answer?.status !== 409) continue;
        dropCopy(copy.name);
        location.reload();
        return;
      }
    }
    dropCopy(copy.name);
  }
};

// --- saying ------------------------------------------------------------------------------------------------------
const say = (words) => {
  if (status.textContent !== words) status.textContent = words;
};

const warn = (words, link) => {
  if (trouble.dataset.said === words) return;
  trouble.dataset.said = words;
  trouble.replaceChildren();
  trouble.hidden = !words;
  if (!words) return;
  const paragraph = document.createElement("p");
  paragraph.textContent = words;
  if (link) paragraph.append(" ", link);
  trouble.append(paragraph);
  trouble.setAttribute("role", "alert");
};

const linkTo = (words, href, act) => {
  const link = document.createElement("a");
  link.textContent = words;
  link.href = href;
  if (act) link.addEventListener("click", act);
  else link.target = "_blank";
  return link;
};

// Above this many characters a field that grows with its text makes the browser lay all of it out at each key.
const LONG = 60000;
const MOST = field.maxLength;
const LEFT_OUT = `No more than ${MOST.toLocaleString("en")} characters can be kept. What came after them was left out here; your own copy still has it.`;
const keepLayoutCheap = (length) => field.classList.toggle("is-long", length > LONG);

const countWords = () => {
  // Where files alone are handed in there is no text to count.
  if (!counter) return;
  keepLayoutCheap(field.value.length);
  const words = field.value.split(/\s+/).filter((run) => /[\p{L}\p{N}]/u.test(run)).length;
  const { minWords, maxWords } = form.dataset;
  const over = maxWords ? words - maxWords : 0;
  const under = minWords ? minWords - words : 0;
  const remark = over > 0 ? `, ${over} more than asked for` : under > 0 && words > 0 ? `, ${under} to go` : "";
  counter.textContent = `${words} word${words === 1 ? "" : "s"}${remark}`;
  counter.classList.toggle("is-worried", over > 0);
};

// --- saving ------------------------------------------------------------------------------------------------------
const saveSoon = (wait = WAIT) => {
  if (timer === null && !isLeaving) timer = setTimeout(save, wait);
};

const send = async ({ content, begins: based_on }) => {
  const { editor, writer } = form.elements;
  const body = JSON.stringify({ ...JSON.parse(content), based_on, editor: editor.value, writer: writer.value });
  try {
    return await fetch(form.dataset.autosave, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      redirect: "manual",
      keepalive: isLeaving && body.length < LAST_WORDS,
      signal: isLeaving ? undefined : AbortSignal.timeout(PATIENCE),
    });
  } catch {
    return null;
  }
};

const save = async () => {
  clearTimeout(timer);
  timer = null;
  if (sending) return sending;
  if (!underWay) {
    const content = typed();
    if (content === saved || content === refused) return undefined;
    underWay = { content, begins: begins.value };
  }
  keepOwnCopy();
  sending = send(underWay).then(understand).finally(() => {
    sending = null;
  });
  return sending;
};

const understand = async (answer) => {
  const told = answer?.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
  if (answer?.status === 200) return settle(told);
  if (answer?.status === 409) return goOnBeside(told);
  if (answer?.status === 413 || answer?.status === 422) return refuse(told);
  if (answer?.status === 403 && told.message) return tryAgain(told.message);
  if (answer?.type === "opaqueredirect" || answer?.status === 403) {
    return tryAgain(
      "You have been signed out. Your text is safe in this browser: sign in again in another tab and come back, then it is saved by itself.",
      linkTo("Sign in", `/accounts/login/?next=${encodeURIComponent(location.pathname)}`),
    );
  }
  if (answer) return tryAgain("The site does not answer as it should. Your text is safe in this browser; we go on trying.");
  return tryAgain("There is no connection. Your text is safe in this browser and is saved as soon as you are online again.");
};

const settle = (told) => {
  saved = underWay.content;
  begins.value = told.revision;
  underWay = refused = null;
  failures = 0;
  warn(field.value.length >= MOST ? LEFT_OUT : "");
  say(`Saved at ${told.saved}`);
  keepOwnCopy();
  if (typed() !== saved) saveSoon();
};

// The draft went on elsewhere. What is typed here is kept beside it, and goes on being kept.
const goOnBeside = (told) => {
  saved = underWay.content;
  underWay = null;
  failures = 0;
  say("Kept beside the other text");
  warn(
    told.message,
    linkTo("Compare the two", "#conflict", async (event) => {
      event.preventDefault();
      await save();
      location.reload();
    }),
  );
  keepOwnCopy();
  if (typed() !== saved) saveSoon();
};

// This text is not taken as it is: wait until it is another one.
const refuse = (told) => {
  refused = underWay.content;
  underWay = null;
  say("Not saved");
  warn(told.message ?? "This text is too large to be kept. It is still here: shorten it.");
};

const tryAgain = (words, link) => {
  say("Not saved yet");
  warn(words, link);
  keepOwnCopy();
  saveSoon(RETRIES[Math.min(failures, RETRIES.length - 1)]);
  failures += 1;
};

const saveNow = () => {
  clearTimeout(timer);
  timer = null;
  return save();
};

// --- what happens ------------------------------------------------------------------------------------------------
field.addEventListener("paste", (event) => {
  const pasted = event.clipboardData?.getData("text/plain").length ?? 0;
  const stays = field.value.length - (field.selectionEnd - field.selectionStart);
  keepLayoutCheap(Math.min(stays + pasted, MOST));
  if (stays + pasted > MOST) warn(LEFT_OUT);
});

form.addEventListener("input", ({ target }) => {
  if (!parts.includes(target.name)) return;
  keepOwnCopy();
  countWords();
  saveSoon();
});

form.addEventListener("submit", async (event) => {
  const button = event.submitter;
  // Files that were chosen and not yet sent come only with the form itself.
  if (button?.hasAttribute("data-save") && !form.elements.files?.files.length) {
    event.preventDefault();
    await saveNow();
    if (typed() === saved && trouble.hidden) say(status.textContent || "Saved");
    return;
  }
  if (!navigator.onLine) {
    event.preventDefault();
    warn("There is no connection, so nothing can be handed in now. Your text is safe in this browser.");
    return;
  }
  // What is under way would otherwise arrive after what is handed in, and count as newer.
  if (sending) {
    event.preventDefault();
    await sending;
    form.requestSubmit(button);
    return;
  }
  isLeaving = true;
  clearTimeout(timer);
  form.elements.csrfmiddlewaretoken.value = token();
  keepOwnCopy();
});

addEventListener("online", saveNow);
addEventListener("focus", () => failures && saveNow());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    if (failures) saveNow();
  } else saveNow();
});
addEventListener("pagehide", () => {
  if (isLeaving) return;
  isLeaving = true;
  keepOwnCopy();
  saveNow();
});
// Come back by the Back button: the page is as old as it was left, and the text may have been handed in since.
const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
addEventListener("pageshow", (event) => (event.persisted || isBack) && location.reload());

form.classList.add("has-script");
countWords();
takeUpCopies();
if (saved === null) saveSoon(0);
