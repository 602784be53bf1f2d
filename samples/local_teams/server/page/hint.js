// What the page is for, until the reader has seen it.
const SEEN = "local-teams-hint-seen";
const hint = document.getElementById("hint");

function seen() {
  try {
    return localStorage.getItem(SEEN) !== null;
  } catch { // a browser that keeps nothing
    return false;
  }
}

hint.hidden = seen();
hint.querySelector("button").addEventListener("click", () => {
  hint.hidden = true;
  try {
    localStorage.setItem(SEEN, "");
  } catch { /* then it shows again at the next visit */ }
  document.getElementById("text").focus();
});
