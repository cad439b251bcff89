// Compression as gzip. zlib's initialisers are macros, which Swift does not see.
#pragma once
#include <stddef.h>
#include <stdlib.h>
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

// Unpacks gzip, one stream or several in a row. Returns memory to be freed with `free`, and its size; NULL after a failure or
// when the result would be larger than `limit`.
static inline unsigned char *gradus_gunzip(const unsigned char *input, size_t count, size_t limit, size_t *size) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (count > 0x7fffffff || inflateInit2(&stream, 15 + 16) != Z_OK) return NULL;
  size_t capacity = count * 4 + 1024, used = 0;
  unsigned char *output = (unsigned char *)malloc(capacity);
  stream.next_in = (z_const Bytef *)input;
  stream.avail_in = (uInt)count;
  int code = Z_OK;
  while (output && code == Z_OK) {
    if (used == capacity) {
      unsigned char *larger = capacity > limit ? NULL : (unsigned char *)realloc(output, capacity *= 2);
      if (!larger) break;
      output = larger;
    }
    size_t room = capacity - used < 0x40000000 ? capacity - used : 0x40000000;
    stream.next_out = output + used;
    stream.avail_out = (uInt)room;
    code = inflate(&stream, Z_NO_FLUSH);
    used += room - stream.avail_out;
    if (code == Z_STREAM_END && stream.avail_in > 0) code = inflateReset(&stream);
    if (code == Z_BUF_ERROR && stream.avail_out == 0) code = Z_OK;
  }
  inflateEnd(&stream);
  if (code != Z_STREAM_END || used > limit) {
    free(output);
    return NULL;
  }
  *size = used;
  return output;
}
