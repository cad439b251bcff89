// The page is part of the program, as the lessons are. This file is the one place that says in which order the modules
// make up the script.
#include "CPage.h"

// #embed is of C23, and of every C for clang.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char page_html[] = {
#embed "../../page/page.html"
};
static const unsigned char page_style[] = {
#embed "../../page/style.css"
};
static const unsigned char gallery_html[] = {
#embed "../../page/gallery.html"
};
static const unsigned char gallery_style[] = {
#embed "../../page/gallery.css"
};
static const unsigned char module_main[] = {
#embed "../../page/modules/main.js"
};

#define FILE_OF(name, bytes) {name, bytes, sizeof bytes}

static const struct gradus_page_file page = FILE_OF("page.html", page_html);
static const struct gradus_page_file style = FILE_OF("style.css", page_style);
static const struct gradus_page_file gallery = FILE_OF("gallery.html", gallery_html);
static const struct gradus_page_file gallery_rules = FILE_OF("gallery.css", gallery_style);

// Dependencies first, main.js last.
static const struct gradus_page_file modules[] = {
    FILE_OF("main.js", module_main),
};

const struct gradus_page_file *gradus_page_html(void) { return &page; }

const struct gradus_page_file *gradus_page_style(void) { return &style; }

const struct gradus_page_file *gradus_gallery_html(void) { return &gallery; }

const struct gradus_page_file *gradus_gallery_style(void) { return &gallery_rules; }

int gradus_page_module_count(void) { return sizeof modules / sizeof *modules; }

const struct gradus_page_file *gradus_page_module_at(int index) { return &modules[index]; }
