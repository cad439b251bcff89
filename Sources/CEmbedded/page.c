// The page. This file is the one place that says in which order the modules make up the script.
#include "embed.h"

static const unsigned char page_html[] = {
#embed "page/page.html"
};
static const unsigned char page_style[] = {
#embed "page/style.css"
};
static const unsigned char gallery_html[] = {
#embed "page/gallery.html"
};
static const unsigned char gallery_style[] = {
#embed "page/gallery.css"
};
static const unsigned char slides_html[] = {
#embed "page/slides.html"
};
static const unsigned char slides_style[] = {
#embed "page/slides.css"
};
static const unsigned char slides_script[] = {
#embed "page/slides.js"
};
static const unsigned char module_dom[] = {
#embed "page/modules/dom.js"
};
static const unsigned char module_engine[] = {
#embed "page/modules/engine.js"
};
static const unsigned char module_markup[] = {
#embed "page/modules/markup.js"
};
static const unsigned char module_permalink[] = {
#embed "page/modules/permalink.js"
};
static const unsigned char module_recorded[] = {
#embed "page/modules/recorded.js"
};
static const unsigned char module_text[] = {
#embed "page/modules/text.js"
};
static const unsigned char module_breakpoints[] = {
#embed "page/modules/breakpoints.js"
};
static const unsigned char module_changes[] = {
#embed "page/modules/changes.js"
};
static const unsigned char module_completion[] = {
#embed "page/modules/completion.js"
};
static const unsigned char module_control_fields[] = {
#embed "page/modules/control-fields.js"
};
static const unsigned char module_diagram[] = {
#embed "page/modules/diagram.js"
};
static const unsigned char module_drawings[] = {
#embed "page/modules/drawings.js"
};
static const unsigned char module_formulas[] = {
#embed "page/modules/formulas.js"
};
static const unsigned char module_keys[] = {
#embed "page/modules/keys.js"
};
static const unsigned char module_unpack[] = {
#embed "page/modules/unpack.js"
};
static const unsigned char module_start[] = {
#embed "page/modules/start.js"
};
static const unsigned char module_payload[] = {
#embed "page/modules/payload.js"
};
static const unsigned char module_illustration[] = {
#embed "page/modules/illustration.js"
};
static const unsigned char module_picture[] = {
#embed "page/modules/picture.js"
};
static const unsigned char module_policy[] = {
#embed "page/modules/policy.js"
};
static const unsigned char module_rewards[] = {
#embed "page/modules/rewards.js"
};
static const unsigned char module_row_bars[] = {
#embed "page/modules/row-bars.js"
};
static const unsigned char module_roving[] = {
#embed "page/modules/roving.js"
};
static const unsigned char module_stages[] = {
#embed "page/modules/stages.js"
};
static const unsigned char module_styled[] = {
#embed "page/modules/styled.js"
};
static const unsigned char module_tab_stop[] = {
#embed "page/modules/tab-stop.js"
};
static const unsigned char module_tabs[] = {
#embed "page/modules/tabs.js"
};
static const unsigned char module_theme[] = {
#embed "page/modules/theme.js"
};
static const unsigned char module_trace_file[] = {
#embed "page/modules/trace-file.js"
};
static const unsigned char module_transport[] = {
#embed "page/modules/transport.js"
};
static const unsigned char module_address[] = {
#embed "page/modules/address.js"
};
static const unsigned char module_console[] = {
#embed "page/modules/console.js"
};
static const unsigned char module_controls[] = {
#embed "page/modules/controls.js"
};
static const unsigned char module_files[] = {
#embed "page/modules/files.js"
};
static const unsigned char module_matrix[] = {
#embed "page/modules/matrix.js"
};
static const unsigned char module_relations[] = {
#embed "page/modules/relations.js"
};
static const unsigned char module_store[] = {
#embed "page/modules/store.js"
};
static const unsigned char module_trajectory[] = {
#embed "page/modules/trajectory.js"
};
static const unsigned char module_terms[] = {
#embed "page/modules/terms.js"
};
static const unsigned char module_panes[] = {
#embed "page/modules/panes.js"
};
static const unsigned char module_story[] = {
#embed "page/modules/story.js"
};
static const unsigned char module_svg_text[] = {
#embed "page/modules/svg-text.js"
};
static const unsigned char module_grips[] = {
#embed "page/modules/grips.js"
};
static const unsigned char module_findings[] = {
#embed "page/modules/findings.js"
};
static const unsigned char module_curve[] = {
#embed "page/modules/curve.js"
};
static const unsigned char module_run_files[] = {
#embed "page/modules/run-files.js"
};
static const unsigned char module_run[] = {
#embed "page/modules/run.js"
};
static const unsigned char module_outcome[] = {
#embed "page/modules/outcome.js"
};
static const unsigned char module_world[] = {
#embed "page/modules/world.js"
};
static const unsigned char training_style[] = {
#embed "page/training.css"
};
static const unsigned char module_training_worker[] = {
#embed "page/modules/training-worker.js"
};
static const unsigned char module_training[] = {
#embed "page/modules/training.js"
};
static const unsigned char module_main[] = {
#embed "page/modules/main.js"
};

// Dependencies first, main.js last.
static const struct gradus_file modules[] = {
    FILE_OF("dom.js", module_dom),
    FILE_OF("engine.js", module_engine),
    FILE_OF("markup.js", module_markup),
    FILE_OF("permalink.js", module_permalink),
    FILE_OF("recorded.js", module_recorded),
    FILE_OF("text.js", module_text),
    FILE_OF("breakpoints.js", module_breakpoints),
    FILE_OF("changes.js", module_changes),
    FILE_OF("completion.js", module_completion),
    FILE_OF("control-fields.js", module_control_fields),
    FILE_OF("svg-text.js", module_svg_text),
    FILE_OF("diagram.js", module_diagram),
    FILE_OF("drawings.js", module_drawings),
    FILE_OF("formulas.js", module_formulas),
    FILE_OF("keys.js", module_keys),
    FILE_OF("unpack.js", module_unpack),
    FILE_OF("payload.js", module_payload),
    FILE_OF("grips.js", module_grips),
    FILE_OF("illustration.js", module_illustration),
    FILE_OF("picture.js", module_picture),
    FILE_OF("policy.js", module_policy),
    FILE_OF("row-bars.js", module_row_bars),
    FILE_OF("rewards.js", module_rewards),
    FILE_OF("roving.js", module_roving),
    FILE_OF("tab-stop.js", module_tab_stop),
    FILE_OF("stages.js", module_stages),
    FILE_OF("styled.js", module_styled),
    FILE_OF("tabs.js", module_tabs),
    FILE_OF("theme.js", module_theme),
    FILE_OF("trace-file.js", module_trace_file),
    FILE_OF("transport.js", module_transport),
    FILE_OF("address.js", module_address),
    FILE_OF("console.js", module_console),
    FILE_OF("controls.js", module_controls),
    FILE_OF("run-files.js", module_run_files),
    FILE_OF("files.js", module_files),
    FILE_OF("matrix.js", module_matrix),
    FILE_OF("relations.js", module_relations),
    FILE_OF("store.js", module_store),
    FILE_OF("trajectory.js", module_trajectory),
    FILE_OF("terms.js", module_terms),
    FILE_OF("panes.js", module_panes),
    FILE_OF("story.js", module_story),
    FILE_OF("findings.js", module_findings),
    FILE_OF("curve.js", module_curve),
    FILE_OF("run.js", module_run),
    FILE_OF("outcome.js", module_outcome),
    FILE_OF("world.js", module_world),
    FILE_OF("main.js", module_main),
};

// What unpacks and starts these in a page of one file.
static const struct gradus_file start_modules[] = {
    FILE_OF("unpack.js", module_unpack),
    FILE_OF("start.js", module_start),
};

// What a page has behind main.js that trains a transformer.
static const struct gradus_file training_modules[] = {
    FILE_OF("training-worker.js", module_training_worker),
    FILE_OF("training.js", module_training),
};

const struct gradus_files gradus_page_modules = ALL_OF(modules);
const struct gradus_files gradus_start_modules = ALL_OF(start_modules);
const struct gradus_files gradus_training_modules = ALL_OF(training_modules);
const struct gradus_file gradus_training_style = FILE_OF("training.css", training_style);
const struct gradus_file gradus_page_html = FILE_OF("page.html", page_html);
const struct gradus_file gradus_page_style = FILE_OF("style.css", page_style);
const struct gradus_file gradus_gallery_html = FILE_OF("gallery.html", gallery_html);
const struct gradus_file gradus_slides_html = FILE_OF("slides.html", slides_html);
const struct gradus_file gradus_slides_style = FILE_OF("slides.css", slides_style);
const struct gradus_file gradus_slides_script = FILE_OF("slides.js", slides_script);
const struct gradus_file gradus_gallery_style = FILE_OF("gallery.css", gallery_style);
