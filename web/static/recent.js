// What this reader searched for, kept in this browser and nowhere else.
const recent = {
  KEY: "arshif-recent",
  MOST: 8,
  all() {
    return kept.read(this.KEY);
  },
  add(text) {
    const others = this.all().filter((one) => one !== text);
    kept.write(this.KEY, [text, ...others].slice(0, this.MOST));
  },
  forget() {
    kept.write(this.KEY, []);
  },
};

{
  const form = document.querySelector(".search");
  form.addEventListener("submit", () => {
    const text = form.q.value.trim();
    if (text) recent.add(text);
    // Fields that say nothing stay out of the address.
    for (const field of form.elements) {
      if (field.name && field.name !== "q" && !field.value) field.disabled = true;
    }
  });
  // Back from the results, the fields are as they were.
  addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });
}
