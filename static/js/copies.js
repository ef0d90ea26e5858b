// What is being written, kept in this browser until the server has it.
//
// A copy is named by what is written, by whom, and by the open page it was typed in (`draft:7:12:…`): whoever else signs
// in on this computer is shown none of it, and of two open pages neither writes over the other's.

// Of a page that is still open, a copy this old is one that cannot be sent.
const LEFT_BEHIND = 10000;

// A full or forbidden store is no reason to stop: all works without copies.
const attempt = (act, otherwise) => {
  try {
    return act();
  } catch {
    return otherwise;
  }
};

export const keepCopy = (name, copy) =>
  attempt(() => localStorage.setItem(name, JSON.stringify({ at: Date.now(), ...copy })));

export const dropCopy = (name) => attempt(() => localStorage.removeItem(name));

export const copiesNamed = (test) =>
  attempt(
    () =>
      Object.keys(localStorage)
        .filter(test)
        .map((name) => ({ name, ...JSON.parse(localStorage.getItem(name)) })),
    [],
  );

// Those of other pages, in which nobody is writing any more.
export const leftCopies = (what, own) =>
  copiesNamed((name) => name.startsWith(`${what}:`) && name !== own).filter(
    (copy) => copy.isLeft || Date.now() - copy.at > LEFT_BEHIND,
  );
