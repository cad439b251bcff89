// Compression as gzip. zlib's initialisers are macros, which Swift does not see.
#pragma once
#include <stddef.h>
#include <string.h>
#include <zlib.h>

// How many bytes the result can have at most, or 0 for an input too large for one call.
static inline size_t gradus_gzip_bound(size_t count) {
  if (count > 0x7fffffff) return 0;
  // 18 bytes of header and trailer; compressBound counts 6.
  return compressBound((uLong)count) + 12;
}

// Returns the result's size, or 0 after a failure. The header has neither time nor system in it, so that the bytes depend
// on the input and on zlib's version alone.
static inline size_t gradus_gzip(const unsigned char *input, size_t count, unsigned char *output, size_t capacity) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
  gz_header header;
  memset(&header, 0, sizeof header);
  header.os = 255;  // unknown
  stream.next_in = (z_const Bytef *)input;
  stream.avail_in = (uInt)count;
  stream.next_out = output;
  stream.avail_out = (uInt)capacity;
  int isDone = deflateSetHeader(&stream, &header) == Z_OK && deflate(&stream, Z_FINISH) == Z_STREAM_END;
  size_t written = isDone ? stream.total_out : 0;
  deflateEnd(&stream);
  return written;
}
