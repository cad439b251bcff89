#ifndef CLESSONS_H
#define CLESSONS_H

#include <stddef.h>

/// A lesson's Markdown, as it is in the folder `lessons`.
struct gradus_lesson {
  const char *name;
  const unsigned char *bytes;
  size_t count;
};

/// How many lessons there are.
int gradus_lesson_count(void);

/// A lesson, counted from 0.
const struct gradus_lesson *gradus_lesson_at(int index);

/// The questions of an interview with their model answers.
const struct gradus_lesson *gradus_interview(void);

#endif
