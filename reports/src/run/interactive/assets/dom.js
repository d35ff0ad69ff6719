// Making elements. Every string becomes text, never markup: there is no other way in this page to show one.

/** An element with classes, attributes and children; a child that is no element becomes text. */
export function el(name, options = {}, ...children) {
  const node = document.createElement(name);
  return furnish(node, options, children);
}

/** As [`el`], for SVG. */
export function svg(name, options = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  return furnish(node, options, children);
}

function furnish(node, options, children) {
  for (const [key, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  return filled(node, children, false);
}

/** Puts `children`, those that are something, into `node`; unless told otherwise, in place of what it has. */
export function filled(node, children, anew = true) {
  if (anew) node.replaceChildren();
  for (const child of children.flat(3)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

/** `text`, cut to `most` characters. */
export function short(text, most = 300) {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
