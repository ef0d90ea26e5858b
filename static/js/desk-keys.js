// The keys of the reading desk. A key belongs to what bears it in `data-key`: a button or link is pressed, a field gets
// the focus. Keys are off while something is typed, and can be switched off altogether.
const SWITCH = "desk-keys";
const FIRST = "input:checked, input:not([type=hidden])";

const overlay = () => document.querySelector("dialog[data-keys]");
const isOff = () => { try { return localStorage.getItem(SWITCH) === "off"; } catch { return false; } };

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

document.addEventListener("keydown", (event) => {
  const dialog = overlay();
  if (!dialog || dialog.open || event.defaultPrevented || event.isComposing) return;
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (isOff() || event.repeat && !"jk[]".includes(event.key)) return;
  if (act(event.key, dialog)) event.preventDefault();
});

function isTyping(target) {
  return target.isContentEditable || target.matches?.("textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])");
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
  if (target.matches("fieldset")) target.querySelector(FIRST)?.focus();
  else if (target.matches("a:not([data-focus]), button:not([data-focus]), summary")) target.click();
  else target.focus();
  return true;
}

// On to the next or back to the previous of these; beyond the ends nothing happens.
function step(selector, isForward) {
  const all = [...document.querySelectorAll(`#main ${selector}`)];
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? all[isForward ? 0 : all.length - 1] : all[at + (isForward ? 1 : -1)];
  // What is folded away cannot have the focus.
  next?.closest("details")?.setAttribute("open", "");
  next?.focus();
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
  (lines.includes(line) && next ? next.querySelector(FIRST) : level).focus();
  return true;
}
