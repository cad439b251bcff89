// A WebAssembly module that holds another one and unpacks it: what a page has in place of the engine itself. A browser's own
// gzip looks back 32 kB alone, and code repeats itself over megabytes. Scripts/wasm.sh compiles this file for each module, with
//
//   GRADUS_PACKED  the name of a file: LZMA of what split.swift makes of the module, the rest before the ranks
//   GRADUS_REST    how many bytes the rest has
//   GRADUS_RANKS   how many bytes the ranks have
//   GRADUS_SIZE    how many bytes the module has
#include "instructions.h"
#include "lzma.h"

static const uint8_t packed[] = {
#embed GRADUS_PACKED
};

static uint8_t parts[GRADUS_REST + GRADUS_RANKS];

// The size, which comes first in the answer, and the module; there is room for its last function before its size is known.
static struct {
  uint32_t size;
  uint8_t bytes[GRADUS_SIZE + 5];
} answer;

static const uint8_t *from = parts, *ranks = parts + GRADUS_REST;
static uint8_t *to = answer.bytes;

static void copy(uint32_t count) {
  for (; count > 0; count--) *to++ = *from++;
}

// A number in LEB128; of a longer one the lower 32 bits.
static uint32_t readNumber(const uint8_t **at) {
  uint32_t result = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t byte = *(*at)++;
    if (shift < 32) result |= (uint32_t)(byte & 127) << shift;
    if (byte < 128) return result;
  }
}

static uint32_t copyNumber(void) {
  const uint8_t *end = from;
  uint32_t result = readNumber(&end);
  copy((uint32_t)(end - from));
  return result;
}

static void writeNumber(uint32_t number) {
  for (; number >= 128; number >>= 7) *to++ = (uint8_t)(number | 128);
  *to++ = (uint8_t)number;
}

// The function's local variables, the one that was named last first, as far as others than the number of a place stand there.
// A browser allows 50,000.
static uint16_t locals[50000];
static uint32_t localCount;

static void writeLocal(void) {
  uint32_t rank = readNumber(&ranks);
  for (; localCount <= rank; localCount++) locals[localCount] = (uint16_t)localCount;
  uint16_t local = locals[rank];
  for (; rank > 0; rank--) locals[rank] = locals[rank - 1];
  locals[0] = local;
  writeNumber(local);
}

// Returns by how much blocks are nested deeper after it.
static int joinInstruction(void) {
  uint8_t operation = *from;
  copy(1);
  if (isLocal(operation)) {
    writeLocal();
    return 0;
  }
  uint32_t kind = hasKind(operation) ? copyNumber() : 0;
  Immediates after = immediates(operation, kind);
  for (int i = 0; i < after.numbers; i++) copyNumber();
  copy((uint32_t)after.bytes);
  return nesting(operation);
}

// A function, after its size, which is known when it is there.
static void joinFunction(void) {
  uint8_t *size = to, *begin = to + 5;
  to = begin;
  localCount = 0;
  for (uint32_t groups = copyNumber(); groups > 0; groups--) {
    copyNumber();
    copyNumber();
  }
  for (int depth = 1; depth > 0;) depth += joinInstruction();
  const uint8_t *end = to;
  to = size;
  writeNumber((uint32_t)(end - begin));
  while (begin < end) *to++ = *begin++;
}

// Everything before the first function; the result is how many functions there are.
static uint32_t joinHead(void) {
  copy(8);
  while (1) {
    uint8_t name = *from;
    copy(1);
    uint32_t size = copyNumber();
    if (name == codeSection) return copyNumber();
    copy(size);
  }
}

// Does some of the work. Returns 0, or at the end the address of the module's size, 32 bits wide, and of the module after it.
//
// Bit by bit, since a browser puts better code in a function's place only between two calls.
__attribute__((export_name("gradus_unpack"))) void *gradus_unpack(void) {
  static uint32_t functions;
  if (filled == 0) startUnpacking(packed);
  if (filled < sizeof parts) {
    unpackUpTo(sizeof parts - filled < 1 << 14 ? sizeof parts : filled + (1 << 14), parts, sizeof parts);
    return 0;
  }
  if (to == answer.bytes) functions = joinHead();
  for (int i = 0; functions > 0 && i < 32; i++, functions--) joinFunction();
  if (functions > 0) return 0;
  copy(GRADUS_REST - (uint32_t)(from - parts));
  answer.size = GRADUS_SIZE;
  return &answer;
}
