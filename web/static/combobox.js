// Offers completions under the box: an ARIA combobox with a listbox (APG, "list autocomplete with
// manual selection"). What is offered is chosen, never filled in behind the reader's back.
{
  const box = document.querySelector(".box");
  const input = box.querySelector("input");
  const said = box.dataset;
  const DELAY_MS = 20; // two letters that one stroke types need one answer

  const list = document.createElement("ul");
  list.id = "offers";
  list.className = "offers";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.querySelector("label").textContent);
  const count = document.createElement("span");
  count.className = "unseen";
  count.setAttribute("role", "status");
  box.append(list, count);

  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  })) {
    input.setAttribute(name, value);
  }

  let chosen = -1;
  let timer;
  let asking;

  const options = () => [...list.children];

  function close() {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    const all = options();
    chosen = ((place % all.length) + all.length) % all.length;
    all.forEach((one, at) => one.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    close();
    if (option.dataset.origin === "forget") {
      recent.forget();
    } else if (option.dataset.origin === "source") {
      within(option.dataset.text);
    } else {
      input.value = option.dataset.text;
      input.form.requestSubmit();
    }
  }

  // A source is no words to look for: it narrows the search that is typed next.
  function within(name) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "source", value: name });
    const chip = document.createElement("button");
    Object.assign(chip, { type: "button", className: "within" });
    chip.setAttribute("aria-label", `${said.drop} ${name}`);
    chip.textContent = `${said.within} ${name} ×`;
    chip.addEventListener("click", () => {
      field.remove();
      chip.remove();
      input.focus();
    });
    input.value = "";
    input.before(chip);
    input.form.append(field);
    input.focus();
  }

  function show(offers) {
    list.replaceChildren(
      ...offers.map((offer, place) => {
        const option = document.createElement("li");
        option.id = `offer-${place}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        Object.assign(option.dataset, offer);
        const text = document.createElement("bdi");
        text.textContent = offer.text;
        option.append(text);
        if (offer.origin === "forget") option.className = "forget";
        else if (said[offer.origin]) {
          const origin = document.createElement("small");
          origin.textContent = said[offer.origin];
          option.append(" ", origin);
        }
        // The box keeps the focus: a click must not take it away before it counts.
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", () => take(option));
        return option;
      }),
    );
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = offers.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    count.textContent = offers.length ? said.said.replace("#", offers.length) : "";
  }

  function offerRecent() {
    const texts = recent.all();
    const offers = texts.map((text) => ({ text, origin: "recent" }));
    if (offers.length) offers.push({ text: said.forget, origin: "forget" });
    show(offers);
  }

  async function ask() {
    const text = input.value;
    asking?.abort();
    if (!text.trim()) return offerRecent();
    asking = new AbortController();
    try {
      const answer = await fetch(`${said.suggest}?q=${encodeURIComponent(text)}`, {
        signal: asking.signal,
      });
      if (answer.ok && document.activeElement === input) show((await answer.json()).suggestions);
    } catch (error) {
      if (error.name !== "AbortError") close(); // offline: typing goes on
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, DELAY_MS);
  });

  function drop() {
    clearTimeout(timer);
    asking?.abort();
  }

  input.addEventListener("blur", () => {
    drop();
    close();
  });

  input.addEventListener("click", () => {
    if (list.hidden && !input.value) offerRecent();
  });

  input.addEventListener("keydown", (event) => {
    const isMove = event.key === "ArrowDown" || event.key === "ArrowUp";
    if (isMove && list.hidden) {
      event.preventDefault();
      ask();
    } else if (isMove) {
      event.preventDefault();
      drop(); // a late answer would take away what is chosen
      choose(event.key === "ArrowDown" ? chosen + 1 : chosen < 0 ? -1 : chosen - 1);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      take(options()[chosen]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // else it empties the box as well
      close();
    }
  });
}
