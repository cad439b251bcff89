// Stands in for libgvc and libcgraph in the program of a tarball: Graphviz is opened when something is drawn for the first
// time, whichever version there is, and all else works without it. These are the functions that `Sources/Graphviz` calls.
#include <dlfcn.h>
#include <stddef.h>
#include <gvc.h>

#define EACH(function)                                                                                              \
  function(gvContext) function(gvLayout) function(gvFreeLayout) function(gvRender) function(agmemread)               \
  function(agclose) function(agget) function(agseterr) function(agreseterrors) function(agerrors) function(aglasterr)

#define POINTER(name) __typeof__(name) *name;
static struct { EACH(POINTER) } graphviz;

static void *opened(void) {
  // Debian 12 and Ubuntu 24.04; Graphviz 13 and later; a system whose names have no numbers.
  static const char *const names[] = {"libgvc.so.6", "libgvc.so.7", "libgvc.so"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = dlopen(names[i], RTLD_NOW);
    if (library != NULL) return library;
  }
  return NULL;
}

// A library has the functions of those that it needs, too.
static int load(void) {
  void *library = opened();
  if (library == NULL) return 0;
#define FIND(name) \
  if ((graphviz.name = (__typeof__(name) *)dlsym(library, #name)) == NULL) return 0;
  EACH(FIND)
  return 1;
}

// Null where there is no Graphviz; nothing else is called then.
GVC_t *gvContext(void) { return load() ? graphviz.gvContext() : NULL; }

int gvLayout(GVC_t *context, graph_t *graph, const char *engine) { return graphviz.gvLayout(context, graph, engine); }
int gvFreeLayout(GVC_t *context, graph_t *graph) { return graphviz.gvFreeLayout(context, graph); }
int gvRender(GVC_t *context, graph_t *graph, const char *format, FILE *out) {
  return graphviz.gvRender(context, graph, format, out);
}
Agraph_t *agmemread(const char *text) { return graphviz.agmemread(text); }
int agclose(Agraph_t *graph) { return graphviz.agclose(graph); }
char *agget(void *object, char *name) { return graphviz.agget(object, name); }
agerrlevel_t agseterr(agerrlevel_t level) { return graphviz.agseterr(level); }
int agreseterrors(void) { return graphviz.agreseterrors(); }
int agerrors(void) { return graphviz.agerrors(); }
char *aglasterr(void) { return graphviz.aglasterr(); }
