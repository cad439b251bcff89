#include "CEmbedded.h"

// The compiler embeds files at once; a list of bytes in Swift would take it a minute. #embed is of C23, and of every C
// for clang.
#pragma clang diagnostic ignored "-Wc23-extensions"

/// A file by the array of its bytes.
#define FILE_OF(name, bytes) {name, bytes, sizeof bytes}

/// All of an array of files.
#define ALL_OF(files) {files, sizeof files / sizeof *files}
