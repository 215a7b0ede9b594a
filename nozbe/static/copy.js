// A button that copies what stands in another element: <button data-copies="its id" data-copied="Copied" hidden>.
// Without this file there is no button, and the text is selected by one click.
for (const button of document.querySelectorAll("[data-copies]")) {
  const source = document.getElementById(button.dataset.copies);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
    } catch {
      window.getSelection().selectAllChildren(source); // not allowed: what is selected can be copied by hand
      return;
    }
    button.textContent = button.dataset.copied;
    const status = document.querySelector("[data-says-copied]");
    if (status) status.textContent = button.dataset.copied;
  });
}
