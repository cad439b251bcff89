// Gives what reads a page's address fragments that are made of right ones, by chance:
//
//     node Tests/Fuzzing/permalinks.mjs SECONDS [FOUND]
//
// It may leave out parts of them, which it then lists, and may not throw; what it has read, it must write and read again as the
// same. Prints libFuzzer's statistics; an input that fails is written to FOUND.
import { isDeepStrictEqual } from "node:util";
import { writeFileSync } from "node:fs";
import { readFragment, writeFragment, isPlainAnchor } from "../../Sources/CEmbedded/page/modules/permalink.js";

const seeds = [
  "#at=339&set=cliprange:0.1&what=score[0]@0:2.5&picture=clip",
  "#source=grpo&variant=beta:0.04&variant-what=reward[1,2]@3:-1e-3&break=ratio%20%3E%201.2&watch=mean(kl[*])&embed",
  "#figure&story=ppo/7", "#debugger&variant=", "#source=%F0%9F%98%80&set=a:b:c",
  `#world=${encodeURIComponent('{"algorithm":"ppo","world":{"prompts":["a"]}}')}&at=0`,
];
const words = [
  "&", "=", "#", "%", "@", ":", "%00", "%", "%E2%80", "at=", "set=", "what=", "variant=", "variant-what=", "world=", "break=", "watch=",
  "story=", "source=", "picture=", "embed", "figure", "1e999", "NaN", "-0", "999999999", "1000000000", "__proto__", "constructor",
  "%7B%22algorithm%22%3A%22x%22%2C%22world%22%3Anull%7D", "\u2028", "\ud800", "é", "+", " ", "0x10", "@1:", "[*]",
];

// Mulberry32, so that a run can be repeated.
let state = Number(process.env.SEED ?? Date.now()) >>> 0;
function random(count) {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % count;
}
const oneOf = (list) => list[random(list.length)];

function changed(text) {
  const from = random(text.length + 1), to = from + random(8);
  switch (random(4)) {
    case 0: return text.slice(0, from) + text.slice(to);
    case 1: return text.slice(0, from) + oneOf(words) + text.slice(random(2) ? from : to);
    case 2: return text.slice(0, from) + oneOf(seeds).slice(random(40));
    default: return text.slice(0, from) + String.fromCharCode(random(random(2) ? 128 : 0x10000)) + text.slice(from);
  }
}

/** As browsers have it: an address holds whole characters. */
const address = (text) => text.slice(0, 4096).replace(/\p{Surrogate}/gu, "\ufffd");

/** What is wrong with how a fragment is read; null where nothing is. */
function wrong(text) {
  try {
    isPlainAnchor(text);
    const link = readFragment(text);
    const again = readFragment(writeFragment(link));
    if (again.ignored.length > 0) return `what was written is not understood: ${again.ignored}`;
    const known = link.story ? ["story", "isEmbedded", "isFigure"] : Object.keys(link).filter((key) => key !== "ignored");
    const key = known.find((key) => !isDeepStrictEqual(again[key], link[key]));
    return key === undefined ? null : `${key} is read again as ${JSON.stringify(again[key])}, not ${JSON.stringify(link[key])}`;
  } catch (error) {
    return String(error);
  }
}

const [seconds, found] = [Number(process.argv[2] ?? 60), process.argv[3]];
const started = Date.now();
let count = 0;
for (; Date.now() - started < 1000 * seconds; ) {
  let text = oneOf(seeds);
  for (let i = 1 + random(6); i > 0; i--, count++) {
    text = address(changed(text));
    const problem = wrong(text);
    if (problem === null) continue;
    console.error(`${JSON.stringify(text)}: ${problem}`);
    if (found) {
      writeFileSync(found, text);
      console.error(`Test unit written to ${found}`);
    }
    process.exit(1);
  }
}
console.error(`stat::number_of_executed_units: ${count}\nstat::average_exec_per_sec: ${Math.round(count / seconds)}`);
