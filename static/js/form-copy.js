// Keeps a copy of what is typed into a form in this browser until the server has it, and offers what was left there.
//
// For a form that is sent as a whole: `data-copy` names what is written and by whom, `data-unsaved` says that what it
// shows was refused, its field `key` is what its copies are known by. The answer that saved it names the key in a cookie
// (core/copies.py); until a page reads that, the words stay here, whatever became of the post. Loaded without such a
// form, this only drops what was saved.
import { copiesNamed, dropCopy, keepCopy, leftCopies } from "copies";

const SAVED = "saved_form=";
const OF_THE_PAGE = ["csrfmiddlewaretoken", "key", "revision"];
const BEGINNING = 160;

dropSaved();
const form = document.querySelector("form[data-copy]");
if (form) keepCopies();

function dropSaved() {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith(SAVED));
  if (!cookie) return;
  const key = cookie.slice(SAVED.length);
  // What was typed after it had been sent is not saved.
  for (const copy of copiesNamed((name) => name.includes(`:${key}:`))) if (copy.isSent) dropCopy(copy.name);
  document.cookie = `${SAVED}; Path=/; Max-Age=0; SameSite=Lax`;
}

function keepCopies() {
  const what = form.dataset.copy;
  // The Back button can bring a page twice: each time it is another one.
  const own = `${what}:${form.elements.key.value}:${Date.now().toString(36)}`;
  const place = document.querySelector("[data-copies]");
  const said = place.querySelector("[data-said]");
  const words = [...form.querySelectorAll("textarea, input[type=text]")];
  const served = form.hasAttribute("data-unsaved") ? null : contentOf(asServed());
  // What was typed before this ran, too; but what the Back button puts into the form may have been saved.
  const isBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  let hasTyped = served === null || (!isBack && contentOf(form) !== served);
  let isSent = false;
  let isLeft = false;

  function asServed() {
    const copy = form.cloneNode(true);
    copy.reset();
    return copy;
  }

  const here = () => ({ content: contentOf(form), begins: form.elements.revision.value });
  const wordsIn = (content) => {
    const entries = JSON.parse(content);
    return words.flatMap(({ name }) => entries.filter((entry) => entry[0] === name && entry[1].trim()).map((entry) => entry[1]));
  };

  function keep() {
    const now = here();
    if (now.content === served) dropCopy(own);
    else keepCopy(own, { ...now, isLeft, isSent });
  }

  function show({ content, begins }) {
    const entries = JSON.parse(content);
    for (const field of form.elements) {
      if (!field.name || field.type === "submit" || OF_THE_PAGE.includes(field.name)) continue;
      const values = entries.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field.type === "checkbox") field.checked = values.includes(field.value);
      else if (!values.length) continue;
      else if (field.type === "radio") field.checked = values.includes(field.value);
      // Who can be written to may be others by now.
      else if (!field.options || [...field.options].some((option) => option.value === values[0])) field.value = values[0];
    }
    // What it began from decides whether it may be saved over what stands.
    form.elements.revision.value = begins;
    hasTyped = true;
    isSent = false;
    keep();
  }

  function offer(copy) {
    const row = place.querySelector("template").content.firstElementChild.cloneNode(true);
    const name = () => {
      const beginning = wordsIn(copy.content).join(": ").replace(/\s+/g, " ");
      row.querySelector("[data-words]").textContent =
        beginning.length > BEGINNING ? `${beginning.slice(0, BEGINNING).trimEnd()}…` : beginning;
    };
    const settle = (sentence) => {
      said.textContent = sentence;
      words.at(-1).focus();
    };
    row.querySelector("[data-take]").addEventListener("click", () => {
      const before = here();
      show(copy);
      if (before.content === served || !wordsIn(before.content).length) {
        dropCopy(copy.name);
        row.remove();
        return settle("It is back in the form below, and not saved yet.");
      }
      // What stood here was not saved either: the two change places.
      Object.assign(copy, before);
      keepCopy(copy.name, { ...before, isLeft: true });
      name();
      return settle("It is back in the form below, and not saved yet. What stood there is kept in its place.");
    });
    row.querySelector("[data-drop]").addEventListener("click", () => {
      dropCopy(copy.name);
      row.remove();
      settle("It is thrown away.");
    });
    name();
    place.append(row);
  }

  for (const copy of leftCopies(what, own)) {
    const isHere = copy.content === contentOf(form);
    if (!isHere && wordsIn(copy.content).length) {
      offer(copy);
      continue;
    }
    dropCopy(copy.name);
    // It is this page's from here on.
    hasTyped ||= isHere;
  }
  if (hasTyped) keep();

  form.addEventListener("input", () => {
    hasTyped = true;
    isSent = false;
    keep();
  });
  form.addEventListener("submit", () => {
    isSent = true;
    if (hasTyped) keep();
  });
  addEventListener("pagehide", () => {
    isLeft = true;
    if (hasTyped) keep();
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    isLeft = isSent = false;
    // Gone where it was saved in the meantime.
    hasTyped = copiesNamed((name) => name === own).length > 0;
    if (hasTyped) keep();
  });
  form.classList.add("has-script");
}

// What is typed and chosen, without what only the page needs.
function contentOf(form) {
  return JSON.stringify([...new FormData(form)].filter(([name]) => !OF_THE_PAGE.includes(name)));
}
