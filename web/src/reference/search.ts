// Narrows the page to what has every word of the search. Without it, the page is the same, whole.
const box = document.querySelector<HTMLInputElement>("#search")!;
const status = document.querySelector("#found")!;

const articles = [...document.querySelectorAll<HTMLElement>("article")].map((element) => ({
  element,
  link: document.querySelector<HTMLElement>(`nav a[href="#${element.id}"]`)!.parentElement!,
  words: element.textContent!.toLowerCase(),
}));
const groups = [...document.querySelectorAll<HTMLElement>("main > section")];
const lists = [...document.querySelectorAll<HTMLDetailsElement>("nav details")];
const wereOpen = lists.map(({ open }) => open);

function narrow(): void {
  const wanted = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const { element, link, words } of articles) {
    const isFound = wanted.every((word) => words.includes(word));
    element.hidden = link.hidden = !isFound;
    if (isFound) count += 1;
  }
  for (const group of groups) group.hidden = !group.querySelector("article:not([hidden])");
  lists.forEach((list, index) => {
    list.hidden = !list.querySelector("li:not([hidden])");
    list.open = wanted.length > 0 || wereOpen[index]!;
  });
  status.textContent = wanted.length === 0 ? "" : count === 1 ? "1 entry" : `${count} entries`;
}

/** A link leads somewhere also while the search hides it. */
function reveal(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || target.getClientRects().length > 0) return;
  box.value = "";
  narrow();
  target.scrollIntoView();
}

box.form!.addEventListener("submit", (event) => event.preventDefault());
box.addEventListener("input", narrow);
addEventListener("hashchange", reveal);
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target === box || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  box.focus();
});
narrow();

export {};
