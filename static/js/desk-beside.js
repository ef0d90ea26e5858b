// Beside the answer: marks and tags without leaving the page, comments to use again, and who else reads this paper.
// Without it the marks are buttons that load the page, and comments are copied from their own page.
const AGAIN = 30000; // ms between two signs of life

const token = () => document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="))?.slice("csrftoken=".length);
const post = (address, fields) => fetch(address, {
  method: "POST",
  body: new URLSearchParams({ ...fields, csrfmiddlewaretoken: token() ?? fields.csrfmiddlewaretoken ?? "" }),
  headers: { Accept: "application/json" },
  credentials: "same-origin",
  redirect: "error",
});

let page = null;
let lastField = null;
document.addEventListener("desk:shown", (event) => begin(event.detail));
begin();

function begin(shown) {
  page?.abort();
  page = new AbortController();
  lastField = null;
  for (const button of document.querySelectorAll("[data-bank-use], [data-bank-keep]")) button.hidden = false;
  const here = document.querySelector("[data-here]");
  if (here?.dataset.here) keepSaying(here, page.signal, Boolean(shown?.isAhead));
}

document.addEventListener("focusin", (event) => {
  if (event.target.matches?.("form[data-autosave] textarea:not(.remark-quote)")) lastField = event.target;
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-marks]")) return;
  event.preventDefault();
  const button = event.submitter;
  const said = form.querySelector("[data-marks-said]");
  try {
    const reply = await post(form.action, { ...Object.fromEntries(new FormData(form)), act: button.value });
    if (!reply.ok) return location.reload();
    const isOn = button.value === button.dataset.on;
    button.value = isOn ? button.dataset.off : button.dataset.on;
    button.setAttribute("aria-pressed", isOn);
    said.textContent = `${button.textContent.trim()}: ${isOn ? "marked" : "no longer marked"}.`;
  } catch {
    said.textContent = "Not marked: the site cannot be reached.";
  }
});

document.addEventListener("click", async (event) => {
  const use = event.target.closest?.("[data-bank-use]");
  const keep = event.target.closest?.("[data-bank-keep]");
  if (use) insert(use.parentElement.querySelector("p").textContent);
  if (keep) {
    const bank = document.querySelector("[data-bank]");
    const text = keep.closest("[data-remark]").querySelector("[name=remark]").value;
    try {
      const reply = await post(bank.dataset.bank, { act: "add", about: bank.dataset.about, text });
      keep.textContent = (await reply.json()).message;
    } catch {
      keep.textContent = "Not kept: the site cannot be reached. Try again";
    }
  }
});

// Where the reader wrote last, else into the last comment that is being written, else into the answer.
function insert(text) {
  const rows = [...document.querySelectorAll("[data-remark]")];
  const open = rows.findLast((row) => row.querySelector("[name=quote]").value.trim() && !row.querySelector("[name=remark]").value.trim());
  const field = lastField?.isConnected ? lastField : open?.querySelector("[name=remark]") ?? document.querySelector("#id_text");
  const before = field.value.slice(0, field.selectionStart);
  const gap = before && !/\s$/.test(before) ? " " : "";
  field.setRangeText(gap + text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function keepSaying(here, signal, isAhead) {
  let timer = null;

  async function say(fields) {
    clearTimeout(timer);
    if (document.visibilityState === "visible") {
      try {
        const reply = await post(here.dataset.here, fields);
        if (signal.aborted) return;
        if (reply.ok) tell(here, await reply.json());
      } catch {
        // Asked again below.
      }
    }
    timer = setTimeout(() => say({}), AGAIN);
  }

  signal.addEventListener("abort", () => clearTimeout(timer));
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") say({}); }, { signal });
  // A paper that was sent ahead is opened only now.
  if (isAhead) say({ looked: "1" });
  else timer = setTimeout(() => say({}), AGAIN);
}

function tell(here, said) {
  const words = said.others.length ? `Being read by ${said.others.join(", ")} as well. ` : "";
  if (here.dataset.words === words + said.newer) return;
  here.dataset.words = words + said.newer;
  here.replaceChildren(words);
  if (said.newer && !document.querySelector("[data-newer]")) {
    const link = document.createElement("a");
    link.href = said.newer;
    link.dataset.walk = "";
    link.textContent = "To the newest attempt";
    here.append("A newer attempt came in; your notes can be taken along. ", link);
  }
  here.hidden = !here.textContent;
}
