// What follows an operation in WebAssembly's binary format: numbers in LEB128, then bytes.
#pragma once
#include <stdint.h>

typedef struct {
  // -1 for an operation that is not known here.
  int numbers;
  int bytes;
} Immediates;

enum { codeSection = 10, branchTable = 0x0e };

// local.get, local.set and local.tee.
static inline int isLocal(uint8_t operation) { return operation >= 0x20 && operation <= 0x22; }

// By how much blocks are nested deeper after the operation: it begins one, or ends one or the function.
static inline int nesting(uint8_t operation) { return operation == 0x0b ? -1 : operation >= 0x02 && operation <= 0x04; }

// Whether a number comes first that is not among the immediates: what kind of operation it is, or how long a table is.
static inline int hasKind(uint8_t operation) { return operation >= 0xfc || operation == branchTable; }

// Of an operation that has a kind, after that.
static inline Immediates immediates(uint8_t operation, uint32_t kind) {
  Immediates none = {0, 0}, one = {1, 0}, two = {2, 0}, unknown = {-1, 0};
  switch (operation) {
    case 0x00 ... 0x01: case 0x05: case 0x0b: case 0x0f: case 0x1a ... 0x1b: case 0x45 ... 0xc4: return none;
    case 0x02 ... 0x04: case 0x0c ... 0x0d: case 0x10: case 0x20 ... 0x24: case 0x3f ... 0x42: return one;
    case 0x11: case 0x28 ... 0x3e: return two;
    case 0x43: return (Immediates){0, 4};
    case 0x44: return (Immediates){0, 8};
    case branchTable: return (Immediates){(int)kind + 1, 0};
    case 0xfc:
      // Conversions, then bulk memory.
      if (kind < 8) return none;
      return kind == 8 || kind == 10 ? two : kind == 9 || kind == 11 ? one : unknown;
    case 0xfd:
      if (kind <= 11 || kind == 92 || kind == 93) return two;
      if (kind == 12 || kind == 13) return (Immediates){0, 16};
      if (kind >= 21 && kind <= 34) return (Immediates){0, 1};
      return kind >= 84 && kind <= 91 ? (Immediates){2, 1} : none;
    default: return unknown;
  }
}
