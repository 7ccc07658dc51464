// Buttons that keep a document or a search, and the number of clippings beside the link to them.
{
  const link = document.querySelector(".to-clippings");
  const count = link.querySelector(".count");
  const buttons = [...document.querySelectorAll(".clip")].map((button) => {
    const { clipping, search } = button.dataset;
    return clipping
      ? { button, folder: clippings, entry: JSON.parse(clipping) }
      : { button, folder: savedSearches, entry: JSON.parse(search) };
  });

  function refresh() {
    const names = new Map(
      [clippings, savedSearches].map((folder) => [
        folder,
        new Set(folder.all().map((entry) => entry[folder.identity])),
      ]),
    );
    count.textContent = names.get(clippings).size || "";
    for (const { button, folder, entry } of buttons) {
      const isKept = names.get(folder).has(entry[folder.identity]);
      button.setAttribute("aria-pressed", String(isKept));
    }
  }

  function refuse(button) {
    const sentence = document.createElement("span");
    sentence.className = "refusal";
    sentence.setAttribute("role", "alert");
    sentence.textContent = link.dataset.refused;
    button.after(sentence);
  }

  for (const { button, folder, entry } of buttons) {
    const name = entry[folder.identity];
    // The number of matches that the reader has seen: what is new is counted from it.
    if (folder === savedSearches && folder.find(name)) folder.change(name, { total: entry.total });
    button.addEventListener("click", () => {
      const stored = folder.find(name);
      if (stored?.note && !confirm(link.dataset.losing)) return;
      const isStored = stored
        ? folder.remove(name)
        : folder.add({ ...entry, kept_at: new Date().toISOString() });
      button.parentNode.querySelector(".refusal")?.remove();
      if (!isStored) refuse(button);
    });
    button.hidden = false;
  }

  // This page changed a folder, another tab did, or a page from which the reader comes back.
  for (const event of ["folder", "storage", "pageshow"]) addEventListener(event, refresh);
}
