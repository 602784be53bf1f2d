// Copies the page as Markdown, which an assistant reads better than the page. Where a browser does
// not let a page copy, the link opens the Markdown.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("[data-copy-page]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation(); // Material would open the link
  const text = fetch(link.href).then((answer) => {
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.blob();
  });
  const plain = text.then((blob) => new Blob([blob], { type: "text/plain" }));
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": plain })]);
    globalThis.alert$?.next("Copied the page as Markdown");
  } catch {
    location.assign(link.href);
  }
}, true);
