// A view of the page as the fragment of its address: position, what-ifs and variant, where they differ from the page as written.

/** What a fragment says; a part that says nothing sensible is listed in `ignored`. */
export function readFragment(hash) {
  const link = { at: null, source: null, settings: [], terms: [], variant: null, isEmbedded: false, isFigure: null, picture: null, story: null, world: null, breakpoints: [], watches: [], ignored: [] };
  for (const part of hash.replace(/^#/, "").split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const value = decoded(equals < 0 ? "" : part.slice(equals + 1));
    if (!readPart(link, name, value)) link.ignored.push(part);
  }
  return link;
}

function readPart(link, name, value) {
  if (value === null) return false;
  switch (name) {
    case "embed":
      link.isEmbedded = true;
      return true;
    case "figure":
    case "debugger":
      link.isFigure = name === "figure";
      return true;
    case "world":
      link.world = readWorld(value);
      return link.world !== null;
    case "break":
      return add(link.breakpoints, value.trim() || null);
    case "watch":
      return add(link.watches, value.trim() || null);
    case "at":
      if (!/^\d{1,9}$/.test(value)) return false; // more digits than any recording has beats
      link.at = Number(value);
      return true;
    case "picture":
      if (!/^[a-z-]{1,40}$/.test(value)) return false;
      link.picture = value;
      return true;
    case "story":
      link.story = readScene(value);
      return link.story !== null;
    case "source":
      if (value === "") return false;
      link.source = value;
      return true;
    case "set":
      return add(link.settings, readSetting(value));
    case "what":
      return add(link.terms, readTerm(value));
    case "variant":
      link.variant ??= { settings: [], terms: [] };
      return value === "" || add(link.variant.settings, readSetting(value));
    case "variant-what":
      link.variant ??= { settings: [], terms: [] };
      return add(link.variant.terms, readTerm(value));
    default:
      return false;
  }
}

/** A link to the place where a part of a page begins, such as `#main`, is nobody's fault. */
export const isPlainAnchor = (hash) => /^#[A-Za-z-]*$/.test(hash) && !["#embed", "#figure", "#debugger"].includes(hash);

function add(list, item) {
  if (item !== null) list.push(item);
  return item !== null;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null; // a lone %, as a chat program may leave it
  }
}

/** `cliprange:0.1` as an option and its value. */
function readSetting(text) {
  const colon = text.indexOf(":");
  return colon <= 0 ? null : [text.slice(0, colon), text.slice(colon + 1)];
}

/** The JSON of a scenario; the engine says what else is wrong with it. */
function readWorld(text) {
  try {
    const content = JSON.parse(text);
    return typeof content?.algorithm === "string" && typeof content.world === "object" ? text : null;
  } catch {
    return null;
  }
}

/** `ppo/7` as a tour and a scene, counted from 1. */
function readScene(text) {
  const match = /^([a-z-]+)\/(\d{1,3})$/.exec(text);
  return match === null ? null : { name: match[1], scene: Number(match[2]) };
}

/** `score[0]@0:2.5`, read from its end, because a name may hold any sign. */
function readTerm(text) {
  const match = /^(.+)@(\d+):([^:@]+)$/.exec(text);
  if (match === null || !Number.isFinite(Number(match[3])) || match[3].trim() === "") return null;
  return { term: match[1], occurrence: Number(match[2]), value: Number(match[3]) + 0 }; // a link cannot say −0
}

/** The fragment for a link, `#at=339&set=cliprange:0.1`, or nothing where the link says nothing. */
export function writeFragment(link) {
  const parts = [];
  const put = (name, value) => parts.push(`${name}=${encoded(value)}`);
  if (link.isEmbedded) parts.push("embed");
  if (link.isFigure !== null) parts.push(link.isFigure ? "figure" : "debugger");
  // A scene says by itself what is seen in it.
  if (link.story) return `#${[...parts, `story=${link.story.name}/${link.story.scene}`].join("&")}`;
  if (link.source !== null) put("source", link.source);
  if (link.world !== null) put("world", link.world);
  if (link.at !== null) put("at", String(link.at));
  for (const [name, value] of link.settings) put("set", `${name}:${value}`);
  for (const item of link.terms) put("what", termText(item));
  if (link.picture) put("picture", link.picture);
  for (const condition of link.breakpoints) put("break", condition);
  for (const expression of link.watches) put("watch", expression);
  if (link.variant) {
    for (const [name, value] of link.variant.settings) put("variant", `${name}:${value}`);
    for (const item of link.variant.terms) put("variant-what", termText(item));
    if (link.variant.settings.length + link.variant.terms.length === 0) parts.push("variant=");
  }
  return parts.length === 0 ? "" : `#${parts.join("&")}`;
}

const termText = (item) => `${item.term}@${item.occurrence}:${item.value}`;

/** Percent-encoded, but for the signs that a fragment may hold as they are. */
const encoded = (text) => encodeURIComponent(text).replace(/%(3A|40|2C|5B|5D|7B|7D)/g, (code) => decodeURIComponent(code));
