// On to another paper without loading the page anew: its main part takes the place of this one's. Without this the
// links and buttons do the same by loading the page.
const CALM = 700; // ms until the next paper is asked for
const FRESH = 120000; // ms for which it can be shown as it came
const HANDED_BACK = [409, 422];
// Signing in again in another window changes it.
const token = () => document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="))?.slice("csrftoken=".length);
const addressHere = () => location.pathname + location.search;
let shown = addressHere();
let isUnderWay = false;
let ahead = null;
let soon = null;
fetchAhead();

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-walk]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  walk(link.href);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-desk-form]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

// A link to a place on this page is no other paper.
addEventListener("popstate", () => { if (addressHere() !== shown) walk(location.href, { isBack: true }); });

async function walk(address, { isBack = false } = {}) {
  if (isUnderWay) return;
  isUnderWay = true;
  const waits = [];
  document.dispatchEvent(new CustomEvent("desk:leaving", { detail: { waits } }));
  try {
    // What cannot be saved now keeps the page here: the browser asks before it leaves.
    if ((await Promise.all(waits)).includes(false)) return location.assign(address);
    if (ahead?.address === address && Date.now() - ahead.at < FRESH) return showText(ahead.text, address, { isBack, isAhead: true });
    await show(await fetch(address, { headers: { Accept: "text/html" }, credentials: "same-origin" }), { isBack });
  } catch {
    location.assign(address);
  } finally {
    isUnderWay = false;
  }
}

async function send(form, button) {
  if (isUnderWay) return;
  isUnderWay = true;
  const state = document.querySelector("[data-save-state]");
  const waits = [];
  let isSignedOut = false;
  if (!form.matches("[data-autosave]")) document.dispatchEvent(new CustomEvent("desk:leaving", { detail: { waits } }));
  try {
    if ((await Promise.all(waits)).includes(false)) return;
    const body = new FormData(form, button);
    body.set("csrfmiddlewaretoken", token() ?? body.get("csrfmiddlewaretoken"));
    const reply = await fetch(form.action, {
      method: "POST",
      body,
      headers: { Accept: "text/html" },
      credentials: "same-origin",
    });
    isSignedOut = reply.status === 403 || (reply.redirected && new URL(reply.url).pathname.startsWith("/accounts/"));
    // Its own refusals bring back all that was written; any other page would take its place.
    if (isSignedOut || (!reply.ok && !HANDED_BACK.includes(reply.status))) throw new Error(reply.statusText);
    await show(reply, { isBack: !reply.redirected });
  } catch {
    if (state) {
      state.textContent = isSignedOut
        ? "Not sent: you have been signed out. Sign in again in another tab, come back and send it once more. Your words are on this page."
        : "Not sent: the site does not answer as it should. Your words are on this page.";
      state.classList.add("is-in-trouble");
    }
    document.dispatchEvent(new Event("desk:stayed"));
  } finally {
    isUnderWay = false;
  }
}

async function show(reply, { isBack }) {
  const text = await reply.text();
  showText(text, reply.url, { isBack, isOk: reply.ok });
}

function showText(text, address, { isBack, isOk = true, isAhead = false }) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const main = page.querySelector("#main");
  if (!main || (isOk && !main.querySelector("[data-desk]"))) return location.assign(address);
  document.title = page.title;
  const here = document.querySelector("#main");
  here.replaceChildren(...main.childNodes);
  if (!isBack && address !== location.href) history.pushState(null, "", address);
  shown = addressHere();
  scrollTo(0, 0);
  here.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("desk:shown", { detail: { isAhead } }));
  fetchAhead();
}

// The next paper is asked for while this one is read. That it was sent is recorded; that it was read, once it is shown.
function fetchAhead() {
  clearTimeout(soon);
  ahead = null;
  soon = setTimeout(async () => {
    const link = document.querySelector("#main a[data-walk][rel=next]");
    if (!link || document.visibilityState === "hidden") return;
    try {
      const reply = await fetch(link.href, { headers: { Accept: "text/html", "X-Desk": "ahead" }, credentials: "same-origin" });
      if (reply.ok && !reply.redirected) ahead = { address: link.href, text: await reply.text(), at: Date.now() };
    } catch {
      // It is fetched when it is wanted.
    }
  }, CALM);
}
