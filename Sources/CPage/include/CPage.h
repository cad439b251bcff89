#ifndef CPAGE_H
#define CPAGE_H

#include <stddef.h>

/// A file of the folder `page`.
struct gradus_page_file {
  const char *name;
  const unsigned char *bytes;
  size_t count;
};

/// The page of a player, and its style.
const struct gradus_page_file *gradus_page_html(void);
const struct gradus_page_file *gradus_page_style(void);

/// The page that lists players, and what its style adds.
const struct gradus_page_file *gradus_gallery_html(void);
const struct gradus_page_file *gradus_gallery_style(void);

/// How many modules the player's script has.
int gradus_page_module_count(void);

/// A module, counted from 0; each comes after those that it imports.
const struct gradus_page_file *gradus_page_module_at(int index);

#endif
