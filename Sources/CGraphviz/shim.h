// What Swift cannot reach by itself, and what differs between Graphviz's versions.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <gvc.h>

// gvRenderData would do, but its length argument changed type in version 13; a memory stream fits every version.
// The caller frees *data, also after a failure. Returns 0 when the graph was rendered.
static inline int gradus_graphviz_render(
  GVC_t *context, Agraph_t *graph, const char *format, char **data, size_t *length) {
  *data = NULL;
  *length = 0;
  FILE *stream = open_memstream(data, length);
  if (stream == NULL) return -1;
  int failed = gvRender(context, graph, format, stream);
  if (fclose(stream) != 0) failed = -1;
  return failed;
}

// Forgets earlier errors, which are sticky, and keeps the next ones off stderr.
static inline void gradus_graphviz_reset_errors(void) {
  agseterr(AGMAX);
  agreseterrors();
}

// Warnings (an unknown colour, a missing font) do not count.
static inline int gradus_graphviz_failed(void) { return agerrors() >= AGERR; }

// The engine that the graph names in its attribute `layout`, which gvLayout does not look at; `dot` if it names none.
static inline const char *gradus_graphviz_layout(Agraph_t *graph) {
  const char *name = agget(graph, (char *)"layout");
  return name == NULL || *name == '\0' ? "dot" : name;
}
