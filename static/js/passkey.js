// allauth only writes to the console when a passkey is refused; people are told on the page.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const note = document.getElementById("passkey-failed");
  note.hidden = false;
  document.querySelector("#main .other-ways, #main form")?.after(note);
});
