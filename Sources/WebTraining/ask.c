// A page asks both modules by one name. The two are compiled together, where a name stands for one function.

void *gradus_ask_trainers(const void *request, int count);

__attribute__((export_name("gradus_ask"))) void *ask(const void *request, int count) {
  return gradus_ask_trainers(request, count);
}
