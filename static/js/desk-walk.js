// On to another paper without loading the page anew: its main part takes the place of this one's. Without this the
// links and buttons do the same by loading the page.
let isUnderWay = false;

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

addEventListener("popstate", () => walk(location.href, { isBack: true }));

async function walk(address, { isBack = false } = {}) {
  if (isUnderWay) return;
  isUnderWay = true;
  const waits = [];
  document.dispatchEvent(new CustomEvent("desk:leaving", { detail: { waits } }));
  try {
    // What cannot be saved now keeps the page here: the browser asks before it leaves.
    if ((await Promise.all(waits)).includes(false)) return location.assign(address);
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
  try {
    const reply = await fetch(form.action, {
      method: "POST",
      body: new FormData(form, button),
      headers: { Accept: "text/html" },
      credentials: "same-origin",
    });
    await show(reply, { isBack: !reply.redirected });
  } catch {
    if (state) {
      state.textContent = "Not sent: the site cannot be reached. Your words are on this page.";
      state.classList.add("is-in-trouble");
    }
    document.dispatchEvent(new Event("desk:stayed"));
  } finally {
    isUnderWay = false;
  }
}

async function show(reply, { isBack }) {
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const main = page.querySelector("#main");
  if (!main || (reply.ok && !main.querySelector("[data-desk]"))) return location.assign(reply.url);
  document.title = page.title;
  const here = document.querySelector("#main");
  here.replaceChildren(...main.childNodes);
  if (!isBack && reply.url !== location.href) history.pushState(null, "", reply.url);
  scrollTo(0, 0);
  here.focus({ preventScroll: true });
  document.dispatchEvent(new Event("desk:shown"));
}
