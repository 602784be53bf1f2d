// Material opens all that is folded when a page is printed. On paper, what the reader left folded
// is its summary.
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details")) {
    one.toggleAttribute("data-folded", !one.open);
  }
}, { capture: true });
