#ifndef CEMBEDDED_H
#define CEMBEDDED_H

#include <stddef.h>

/// A file that is part of the program, so that it works wherever it is installed.
struct gradus_file {
  const char *name;
  const unsigned char *bytes;
  size_t count;
};

/// Files in an order that means something.
struct gradus_files {
  const struct gradus_file *first;
  size_t count;
};

/// The Markdown of the folder `lessons`, in the course's order.
extern const struct gradus_files gradus_lessons;
/// The Markdown of the folder `lessons/derivations`, in the order in which they build on each other.
extern const struct gradus_files gradus_derivations;
/// The Markdown of the folder `lessons/tours`, the order in which they are listed.
extern const struct gradus_files gradus_tours;
/// The questions of an interview with their model answers.
extern const struct gradus_file gradus_interview;

/// The page of a player, and its style; they are in the folder `page` beside this target's sources.
extern const struct gradus_file gradus_page_html, gradus_page_style;
/// The page that lists players, and what its style adds.
extern const struct gradus_file gradus_gallery_html, gradus_gallery_style;
/// The page of slides, its style and its script.
extern const struct gradus_file gradus_slides_html, gradus_slides_style, gradus_slides_script;
/// The modules of the player's script, each after those that it imports.
extern const struct gradus_files gradus_page_modules;
/// Those of the script that unpacks and starts it.
extern const struct gradus_files gradus_start_modules;

/// The style and the modules that a page has beside the player's if a transformer learns in it.
extern const struct gradus_file gradus_training_style;
extern const struct gradus_files gradus_training_modules;

/// The Python of the folder `integrations/trl-export`.
extern const struct gradus_files gradus_trl_export;

/// The Python of the folder `integrations/grade`, which runs somebody's function.
extern const struct gradus_file gradus_grade;

/// The commit that the program was built from; empty where its sources are in no repository.
extern const char *const gradus_commit;

#endif
