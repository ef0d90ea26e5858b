// The keys of the reading desk. A key belongs to what bears it in `data-key`: a button or link is pressed, a field gets
// the focus. Keys are off while something is typed, and can be switched off altogether. What is written in, and the
// paragraph that it is about (`desk:writing`), are brought into sight.

const SWITCH = "desk-keys";
// A result that is not said without words: what is typed while it has the focus begins them.
const WITH_REASON = "[value=please_revise]:checked";

const overlay = () => document.querySelector("dialog[data-keys]");
const isOff = () => { try { return localStorage.getItem(SWITCH) === "off"; } catch { return false; } };

// Where j, k and the brackets were last, or the paragraph that is commented on: Esc leads back there, and they go on
// from there.
let lastStep = null;

document.addEventListener("desk:shown", offer);
offer();

function offer() {
  const dialog = overlay();
  if (!dialog) return;
  const button = document.querySelector("[data-keys-open]");
  const box = dialog.querySelector("[data-keys-on]");
  button.hidden = false;
  box.checked = !isOff();
  button.addEventListener("click", () => dialog.showModal());
  box.addEventListener("change", () => {
    try { localStorage.setItem(SWITCH, box.checked ? "on" : "off"); } catch { box.checked = true; }
  });
}

document.addEventListener("desk:writing", ({ detail: { part, about } }) => {
  if (about) {
    lastStep = about;
    show(about);
  }
  show(part);
});

document.addEventListener("keydown", (event) => {
  const dialog = overlay();
  if (!dialog || dialog.open || event.defaultPrevented || event.isComposing) return;
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") leave(event.target);
    return;
  }
  const reason = reasonOf(event.target);
  if (reason && /^\p{L}$/u.test(event.key)) return write(reason);
  if (isOff() || event.repeat && !"jk[]".includes(event.key)) return;
  if (act(event.key, dialog)) event.preventDefault();
});

function isTyping(target) {
  return target.isContentEditable || target.matches?.("textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])");
}

function leave(field) {
  field.blur();
  if (lastStep?.isConnected) focus(lastStep);
}

// The words that belong to the choice which has the focus, if it is one that needs some.
function reasonOf(target) {
  return target.matches?.(WITH_REASON) ? target.form?.elements.revise_reason : null;
}

// The caret behind what stands there; a letter whose key is still going down is typed there too.
function write(field) {
  focus(field);
  field.setSelectionRange(field.value.length, field.value.length);
  show(field.parentElement);
}

// Whether the key meant something here.
function act(key, dialog) {
  if (key === "?") return dialog.showModal() ?? true;
  if (/^[1-9]$/.test(key)) return choose(Number(key));
  if (key === "[" || key === "]") return step("[data-paper] .paper-block", key === "]");
  const target = document.querySelector(`#main [data-key~="${CSS.escape(key)}"]`);
  if (target) return press(target);
  return key === "j" || key === "k" ? step("a[data-row]", key === "j") : false;
}

function press(target) {
  if (target.matches("fieldset")) enter(target);
  else if (target.matches("summary")) unfold(target);
  else if (target.matches("a:not([data-focus]), button:not([data-focus])")) target.click();
  else {
    focus(target);
    show(target.matches("textarea") ? target.parentElement : target.closest("[data-sight]") ?? target);
  }
  return true;
}

// To what is chosen, else to the first choice.
function enter(choices) {
  const choice = choices.querySelector("input:checked") ?? choices.querySelector("input:not([type=hidden])");
  focus(choice);
  show(choices);
}

// Open, with the focus on the first thing to do there; folded again by the same key from inside.
function unfold(summary) {
  const part = summary.parentElement;
  if (part.open && part.contains(document.activeElement)) {
    part.open = false;
    summary.focus();
    return;
  }
  part.open = true;
  focus(part.querySelector("button:not([hidden]), a"));
  show(part);
}

// Whole, with its label, in the pane that scrolls; and where that one fits on the screen, all of it.
function show(part) {
  part.scrollIntoView({ block: "nearest" });
  const pane = part.closest(".desk-side");
  const { top, bottom, height } = pane?.getBoundingClientRect() ?? {};
  if (height <= innerHeight && (top < 0 || bottom > innerHeight)) pane.scrollIntoView({ block: "nearest" });
}

// Browsers bring what gets the focus to the middle, and away what stands beside it.
function focus(part) {
  part?.focus({ preventScroll: true });
}

// On to the next or back to the previous of these; beyond the ends nothing happens.
function step(selector, isForward) {
  const all = [...document.querySelectorAll(`#main ${selector}`)];
  const at = all.indexOf(all.includes(document.activeElement) ? document.activeElement : lastStep);
  const next = at < 0 ? all[isForward ? 0 : all.length - 1] : all[at + (isForward ? 1 : -1)];
  // What is folded away cannot have the focus.
  next?.closest("details")?.setAttribute("open", "");
  next?.focus();
  lastStep = next ?? lastStep;
  return all.length > 0;
}

// The level of that number: of the line that has the focus, else of the first that has none yet.
function choose(number) {
  const all = [...document.querySelectorAll("#main fieldset[data-choices]")];
  const lines = all.filter((line) => !line.hasAttribute("data-result"));
  const line = document.activeElement?.closest("fieldset[data-choices]") ?? lines.find((one) => !one.querySelector("input:checked")) ?? lines[0];
  const level = line?.querySelectorAll("input[type=radio]")[number - 1];
  if (!level) return false;
  level.click();
  const next = lines[lines.indexOf(line) + 1];
  const reason = reasonOf(level);
  if (reason) write(reason);
  else if (lines.includes(line) && next) enter(next);
  else focus(level);
  return true;
}
