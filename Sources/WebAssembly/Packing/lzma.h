// LZMA as `xz --format=lzma --lzma1=lc=3,lp=0,pb=0` writes it; its specification is at 7-zip.org/sdk.html.
//
// A decision between two things is read with a probability that learns from each time it was asked for. Everything else is made
// of decisions: literal bytes, and copies of what was there before.
#pragma once
#include <stdint.h>

// How likely a decision is to be 0, in 2048ths.
typedef uint16_t Chance;

// Lengths of copies less 2: below 8, below 16, or up to 271.
typedef struct {
  Chance isLonger, isLongest, low[8], middle[8], high[256];
} Lengths;

static struct {
  // By what the last copies and literals were, which is one of 12 states.
  Chance isCopy[12], isRecent[12], isNotLast[12], isLastLong[12], isNotSecond[12], isNotThird[12];
  // By the three highest bits of the byte before.
  Chance literals[8][0x300];
  Lengths fresh, recent;
  // Distances: their size by the copy's length, then their lower bits.
  Chance sizes[4][64], low[128], lowest[16];
} chances;

static const uint8_t *next;
static uint32_t range, code;

static inline void normalize(void) {
  if (range >> 24) return;
  range <<= 8;
  code = code << 8 | *next++;
}

static inline uint32_t decision(Chance *chance) {
  uint32_t bound = (range >> 11) * *chance;
  uint32_t result = code >= bound;
  if (result) {
    range -= bound;
    code -= bound;
    *chance -= *chance >> 5;
  } else {
    range = bound;
    *chance += (2048 - *chance) >> 5;
  }
  normalize();
  return result;
}

// A number of so many bits, the highest first; each bit has a chance of its own after those before it.
static uint32_t number(Chance *chances, int bits) {
  uint32_t node = 1;
  for (int i = 0; i < bits; i++) node = node << 1 | decision(&chances[node]);
  return node - (1u << bits);
}

// The same, the lowest bit first.
static uint32_t reversed(Chance *chances, int bits) {
  uint32_t node = 1, result = 0;
  for (int i = 0; i < bits; i++) {
    uint32_t bit = decision(&chances[node]);
    node = node << 1 | bit;
    result |= bit << i;
  }
  return result;
}

// Bits that are as often 0 as 1.
static uint32_t even(int bits) {
  uint32_t result = 0;
  for (int i = 0; i < bits; i++) {
    range >>= 1;
    uint32_t bit = code >= range;
    if (bit) code -= range;
    result = result << 1 | bit;
    normalize();
  }
  return result;
}

static uint32_t length(Lengths *lengths) {
  if (!decision(&lengths->isLonger)) return 2 + number(lengths->low, 3);
  if (!decision(&lengths->isLongest)) return 10 + number(lengths->middle, 3);
  return 18 + number(lengths->high, 8);
}

// How far back a copy of this length begins, less 1.
static uint32_t distance(uint32_t length) {
  uint32_t size = number(chances.sizes[length < 6 ? length - 2 : 3], 6);
  if (size < 4) return size;
  int bits = (int)(size >> 1) - 1;
  uint32_t high = (2 | (size & 1)) << bits;
  if (size < 14) return high + reversed(chances.low + high - size, bits);
  return high + (even(bits - 4) << 4) + reversed(chances.lowest, 4);
}

// A byte; `expected` is the one where the last copy would have gone on, if that was just before.
static uint8_t literal(Chance *chances, int hasExpected, uint32_t expected) {
  uint32_t symbol = 1;
  while (hasExpected && symbol < 0x100) {
    uint32_t bit = expected >> 7 & 1;
    expected <<= 1;
    uint32_t actual = decision(&chances[(1 + bit) << 8 | symbol]);
    symbol = symbol << 1 | actual;
    hasExpected = actual == bit;
  }
  while (symbol < 0x100) symbol = symbol << 1 | decision(&chances[symbol]);
  return (uint8_t)symbol;
}

// Which of the last four distances a copy has; 4 for a single byte at the last one.
static uint32_t again(uint32_t state) {
  if (!decision(&chances.isNotLast[state])) return decision(&chances.isLastLong[state]) ? 0 : 4;
  if (!decision(&chances.isNotSecond[state])) return 1;
  return 2 + decision(&chances.isNotThird[state]);
}

static uint32_t filled, state, last[4];

static void unpackLiteral(uint8_t *bytes) {
  uint8_t *end = bytes + filled;
  Chance *chosen = chances.literals[filled == 0 ? 0 : end[-1] >> 5];
  *end = literal(chosen, state >= 7, state >= 7 ? *(end - last[0] - 1) : 0);
  filled++;
  state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
}

static void unpackCopy(uint8_t *bytes, uint32_t size) {
  int isFresh = !decision(&chances.isRecent[state]);
  uint32_t which = isFresh ? 3 : again(state), count = 1;
  if (which < 4) {
    uint32_t chosen = last[which];
    for (; which > 0; which--) last[which] = last[which - 1];
    count = length(isFresh ? &chances.fresh : &chances.recent);
    last[0] = isFresh ? distance(count) : chosen;
    state = state < 7 ? (isFresh ? 7 : 8) : (isFresh ? 10 : 11);
  } else {
    state = state < 7 ? 9 : 11;
  }
  for (; count > 0 && filled < size; count--, filled++) bytes[filled] = bytes[filled - last[0] - 1];
}

// Reads the beginning of a file.
static void startUnpacking(const uint8_t *packed) {
  for (Chance *chance = (Chance *)&chances; chance < (Chance *)(&chances + 1); chance++) *chance = 1024;
  // 13 bytes of header, and one that is always 0.
  next = packed + 14;
  range = 0xffffffff;
  for (int i = 0; i < 4; i++) code = code << 8 | *next++;
}

// Goes on until so many of the bytes are there, of which there are `size` in all, or a few more.
static void unpackUpTo(uint32_t end, uint8_t *bytes, uint32_t size) {
  while (filled < end) {
    if (decision(&chances.isCopy[state])) unpackCopy(bytes, size);
    else unpackLiteral(bytes);
  }
}
