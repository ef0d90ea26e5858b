// Sends files as soon as they are chosen or dropped, one after the other, with how far each has come. Without this the
// form brings them with its buttons; what is taken and what is refused the server decides alike.

const form = document.getElementById("editor");
const place = document.getElementById("files");
const input = form.elements.files;
const list = place.querySelector("[data-list]");
const drop = place.querySelector("[data-drop]");
const coming = place.querySelector("[data-coming]");
const MEGABYTE = 1024 * 1024;

let queue = Promise.resolve();
let waiting = 0;

const token = () => {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : form.elements.csrfmiddlewaretoken.value;
};

const show = (page) => {
  const parts = new DOMParser().parseFromString(page, "text/html").body;
  const refused = [...parts.querySelectorAll(".refused li")].map((said) => said.textContent);
  parts.querySelector("#files-error")?.remove();
  list.replaceChildren(...parts.childNodes);
  return refused;
};

const row = (file) => {
  const item = document.createElement("div");
  const words = document.createElement("span");
  const bar = document.createElement("progress");
  words.textContent = file.name;
  bar.max = file.size || 1;
  bar.value = 0;
  bar.setAttribute("aria-label", `${file.name} is being sent`);
  item.append(words, bar);
  coming.append(item);
  return { item, bar };
};

const refuse = (item, sentences) => {
  item.className = "is-refused";
  item.setAttribute("role", "alert");
  item.textContent = sentences.join(" ");
};

const send = (body, address, tell = () => {}) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-CSRFToken", token());
    request.upload.addEventListener("progress", (event) => tell(event.loaded));
    request.addEventListener("loadend", () => resolve(request));
    request.send(body);
  });

const understand = (request, address) => {
  const isOurs = request.status === 200 && new URL(request.responseURL).pathname === new URL(address, location).pathname;
  if (isOurs) return show(request.responseText);
  if (request.status === 0) return ["There is no connection, so this was not done. Try again when you are online."];
  if (request.status === 403 || request.status === 200)
    return ["You have been signed out. Sign in again in another tab, come back here and add it once more."];
  return ["The site does not answer as it should, so this was not done. Try again in a moment."];
};

const add = (file) => {
  const { item, bar } = row(file);
  waiting += 1;
  queue = queue.then(async () => {
    const most = Number(place.dataset.mostMegabytes);
    if (file.size > most * MEGABYTE) {
      refuse(item, [`“${file.name}” has ${Math.ceil(file.size / MEGABYTE)} MB and at most ${most} MB are taken: make it smaller, or divide it.`]);
    } else {
      const body = new FormData();
      body.append("files", file);
      const request = await send(body, place.dataset.files, (loaded) => {
        bar.value = loaded;
      });
      const refused = understand(request, place.dataset.files);
      if (refused.length) refuse(item, refused);
      else item.remove();
    }
    waiting -= 1;
  });
};

const addAll = (files) => {
  for (const old of coming.querySelectorAll(".is-refused")) old.remove();
  for (const file of files) add(file);
};

input.addEventListener("change", () => {
  addAll([...input.files]);
  input.value = "";
});

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
}
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("is-over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  addAll([...event.dataTransfer.files]);
});

list.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-remove]");
  if (!button) return;
  event.preventDefault();
  button.disabled = true;
  const body = new FormData();
  body.append("part", "files");
  const address = button.getAttribute("formaction");
  const refused = understand(await send(body, address), address);
  button.disabled = false;
  if (refused.length) {
    const item = document.createElement("div");
    coming.append(item);
    refuse(item, refused);
  } else input.focus();
});

// What is on its way is meant to be handed in too.
form.addEventListener(
  "submit",
  async (event) => {
    if (!waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    await queue;
    if (!coming.querySelector(".is-refused")) form.requestSubmit(button);
  },
  { capture: true },
);

form.classList.add("has-script");
// Chosen before this was there, or left by the browser on going back.
if (input.files.length) input.dispatchEvent(new Event("change"));
