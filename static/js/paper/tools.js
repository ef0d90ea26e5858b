// The buttons over the formatted view, and the address of a link. `view` says what there is to act upon.

import { touchesNote } from "paper/document";
import { addFootnote } from "paper/footnotes";
import { cleanAddress } from "paper/reading";

const form = document.getElementById("editor");
export const tools = form.querySelector("[data-tools]");
const linkTools = form.querySelector("[data-link-tools]");

export const view = { editor: null };

// The browser says only afterwards that the cursor moved: after a quick tap, or with much to do, later than the next key.
// Whatever is about to go by where the cursor stands looks there first.
export const catchUp = ({ domObserver, composing }) => {
  if (!composing) domObserver.flush();
  return false;
};

// The editor's own command moves the focus with the next frame only: keys pressed until then would go to a button, or to
// nothing at all.
export const focusText = () => {
  if (view.editor.view.hasFocus()) return;
  view.editor.view.focus();
  view.editor.commands.scrollIntoView();
};

const chain = () => {
  focusText();
  return view.editor.chain();
};

// --- the buttons -------------------------------------------------------------------------------------------------
const ACTS = {
  heading: { run: () => chain().toggleHeading({ level: 1 }).run(), isOn: () => view.editor.isActive("heading", { level: 1 }) },
  subheading: { run: () => chain().toggleHeading({ level: 2 }).run(), isOn: () => view.editor.isActive("heading", { level: 2 }) },
  bold: { run: () => chain().toggleBold().run(), isOn: () => view.editor.isActive("bold") },
  italic: { run: () => chain().toggleItalic().run(), isOn: () => view.editor.isActive("italic") },
  bullets: { run: () => chain().toggleBulletList().run(), isOn: () => view.editor.isActive("bulletList") },
  numbers: { run: () => chain().toggleOrderedList().run(), isOn: () => view.editor.isActive("orderedList") },
  quote: { run: () => chain().toggleBlockquote().run(), isOn: () => view.editor.isActive("blockquote") },
  link: { run: () => openLink(), isOn: () => view.editor.isActive("link") },
  footnote: {
    run: () => {
      focusText();
      addFootnote(view.editor);
    },
  },
  undo: { run: () => chain().undo().run() },
  redo: { run: () => chain().redo().run() },
};

// A note is one paragraph of words: as a heading or a list it would be no note any more, and its number would lead nowhere.
const FORMS = new Set(["heading", "subheading", "bullets", "numbers", "quote"]);
const canRun = (act) => !(FORMS.has(act) && touchesNote(view.editor.state));

const buttons = [...tools.querySelectorAll("[data-act]")];

export const showState = () => {
  if (!view.editor) return;
  for (const button of buttons) {
    const { isOn } = ACTS[button.dataset.act];
    if (isOn) button.setAttribute("aria-pressed", String(isOn()));
    if (canRun(button.dataset.act)) button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
  }
};

export const showTools = (isShown) => {
  tools.hidden = !isShown;
  linkTools.hidden = true;
  showState();
};

tools.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (!button) return;
  reach(button, false);
  catchUp(view.editor.view);
  if (canRun(button.dataset.act)) ACTS[button.dataset.act].run();
});
// Pressing a button leaves the cursor where it is.
tools.addEventListener("mousedown", (event) => event.target.closest("[data-act]") && event.preventDefault());

const reach = (button, isFocused = true) => {
  for (const one of buttons) one.tabIndex = one === button ? 0 : -1;
  if (isFocused) button.focus();
};

tools.addEventListener("keydown", (event) => {
  const at = buttons.indexOf(event.target);
  const steps = { ArrowRight: at + 1, ArrowLeft: at - 1 + buttons.length, Home: 0, End: buttons.length - 1 };
  if (at >= 0 && event.key in steps) {
    event.preventDefault();
    reach(buttons[steps[event.key] % buttons.length]);
  } else if (event.key === "Escape") focusText();
});

// --- the address of a link ---------------------------------------------------------------------------------------
const address = linkTools.querySelector("input");
const linkTrouble = linkTools.querySelector("[data-link-trouble]");

export const openLink = () => {
  linkTools.hidden = false;
  linkTrouble.textContent = "";
  address.value = view.editor.getAttributes("link").href ?? "";
  linkTools.querySelector("[data-unlink]").hidden = !view.editor.isActive("link");
  address.focus();
};

const closeLink = () => {
  linkTools.hidden = true;
  focusText();
};

const setLink = () => {
  const typed = address.value.trim();
  const href = cleanAddress(/^[\w.+-]+@[\w.-]+$/.test(typed) ? `mailto:${typed}` : /^[a-z][a-z0-9+.-]*:/i.test(typed) ? typed : `https://${typed}`);
  if (!href || !typed) {
    linkTrouble.textContent = "Type an address on the web, such as https://example.org, or a mail address.";
    return;
  }
  if (view.editor.isActive("link")) chain().extendMarkRange("link").setMark("link", { href }).run();
  else if (view.editor.state.selection.empty) chain().insertContent({ type: "text", text: typed, marks: [{ type: "link", attrs: { href } }] }).run();
  else chain().setMark("link", { href }).run();
  closeLink();
};

linkTools.addEventListener("click", ({ target }) => {
  if (target.closest("[data-set-link]")) setLink();
  if (target.closest("[data-unlink]")) {
    chain().extendMarkRange("link").unsetMark("link").run();
    closeLink();
  }
});
linkTools.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeLink();
  // It stands inside the form, which Enter would hand in.
  if (event.key === "Enter" && event.target === address) {
    event.preventDefault();
    setLink();
  }
});
